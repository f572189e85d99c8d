"""How many of each there may be. User guide, "CodeDeploy quotas", and the API reference's field descriptions.

The guide and the exceptions disagree about batches (100) with the fields (25 for most); the fields are newer and win.
"""

APPLICATIONS = 1000
DEPLOYMENT_GROUPS = 1000
"""Of one application."""
CUSTOM_DEPLOYMENT_CONFIGS = 200
AUTO_SCALING_GROUPS = 10
TAG_FILTERS = 10
"""In one list of filters."""
TAG_SETS = 3
LOAD_BALANCERS = 10
"""In each list of LoadBalancerInfo."""
ALARMS = 10
TRIGGERS = 10
DESCRIPTION_LENGTH = 256
TAG_KEY_LENGTH = 128
TAG_VALUE_LENGTH = 256
RESOURCE_TAGS = 50
ON_PREMISES_INSTANCE_TAGS = 10
ON_PREMISES_INSTANCES_AT_ONCE = 100
"""In one call that adds or removes tags."""
BATCH_OF_APPLICATIONS = 100
BATCH_OF_DEPLOYMENT_GROUPS = 100
BATCH = 25
"""Deployments, revisions, instances, targets and on-premises instances in one BatchGet call."""
