"""CodeDeploy's service side in motion: whose turn it is, each lifecycle event, whether to go on."""
