#!/bin/bash
# User data for Amazon Linux 2023 in ap-northeast-2: a web server that waits for its first deployment, and the
# CodeDeploy agent. Runs once, as root, when the instance boots for the first time; see /var/log/cloud-init-output.log.
set -eu

dnf install -y nginx ruby wget

# Serve /var/www, which is not there before something has been deployed: until then every request is answered 404.
# default_server takes over from the server that nginx.conf brings with its welcome page, for IPv6 as well:
# localhost may mean either.
cat > /etc/nginx/conf.d/hello-web.conf <<'EOF'
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    root /var/www;

    location / {
        try_files $uri $uri/index.html =404;
    }
}
EOF
systemctl enable nginx
systemctl start nginx

# The CodeDeploy agent, as the CodeDeploy user guide installs it. It comes last: where it runs, all is ready.
cd /home/ec2-user
wget https://aws-codedeploy-ap-northeast-2.s3.ap-northeast-2.amazonaws.com/latest/install
chmod +x ./install
./install auto
systemctl enable codedeploy-agent
