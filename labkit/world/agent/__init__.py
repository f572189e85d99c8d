"""The CodeDeploy agent: what runs on a machine when the service has a command for it."""
