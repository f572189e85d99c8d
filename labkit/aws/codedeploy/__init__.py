"""The CodeDeploy API for the EC2/On-Premises platform; the engine behind it is ``labkit.world.deployment``."""
