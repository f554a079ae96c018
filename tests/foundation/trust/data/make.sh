#!/bin/sh
# How the files here were made, by OpenSSL's command line alone (3.0.17). Run in an empty folder.
set -e
openssl ecparam -name prime256v1 -genkey -noout -out holder.key
openssl req -new -key holder.key -subj "/C=TW/O=Health/CN=hpa gw1" -out request.pem -addext \
  "subjectAltName=DNS:gw.hpa.example,IP:192.0.2.7,IP:2001:db8::7,URI:urn:minben:member:hpa"
openssl req -new -key holder.key -subj "/CN=mail" -out request-mail.pem \
  -addext "subjectAltName=email:a@b.example"
openssl ecparam -name prime256v1 -genkey -noout -out root.key
openssl req -x509 -new -key root.key -subj "/CN=Other Root" -days 3650 -out root.pem \
  -addext "keyUsage=critical,keyCertSign,cRLSign"
cat > ca.cnf <<CNF
[ca]
default_ca = root
[root]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
private_key = root.key
certificate = root.pem
crl_extensions = list
policy = any
[any]
commonName = supplied
[list]
authorityKeyIdentifier = keyid:always
CNF
printf 'R\t361201000000Z\t261101000000Z,keyCompromise\t0A1B2C\tunknown\t/CN=x\n' > index.txt
printf 'R\t361201000000Z\t261102000000Z\t00FFEE\tunknown\t/CN=y\n' >> index.txt
echo 1000 > crlnumber
openssl ca -gencrl -config ca.cnf -out root-crl.pem
