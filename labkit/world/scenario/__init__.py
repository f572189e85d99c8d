"""A whole world from a few parameters, without boto3 and moto: what a what-if, a comparison and a benchmark run."""
