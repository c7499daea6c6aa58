#!/bin/sh
# Timestamp tokens (RFC 3161) by openssl, with authorities made for this test alone; their keys are thrown away.
# Made anew, every file changes: keys, serial numbers and times are new. Versions stand in versions.txt.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
openssl version > versions.txt
printf 'effekt: a message with a timestamp, åäö\n' > message.txt

cat > "$work/tsa.cnf" <<'EOF'
[req]
distinguished_name = name
prompt = no
[name]
O = effekt tests
CN = Test authority, proves nothing
[tsa_ext]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[other_ext]
basicConstraints = critical, CA:false
extendedKeyUsage = serverAuth
[v2]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
[v1]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha512
ess_cert_id_alg = sha1
EOF

authority() { # name, key options…
  name=$1; shift
  openssl genpkey "$@" -out "$work/$name.key" 2> /dev/null
  openssl req -x509 -new -key "$work/$name.key" -days 36500 -config "$work/tsa.cnf" -extensions tsa_ext -out "$name.pem"
}

token() { # output, authority, section, digest, more options…
  out=$1 name=$2 section=$3 digest=$4; shift 4
  echo 1000 > "$work/serial"
  openssl ts -query -data message.txt "-$digest" "$@" -out "$work/query.tsq" 2> /dev/null
  sed "s#^serial = .*#serial = $work/serial#" "$work/tsa.cnf" > "$work/use.cnf"
  openssl ts -reply -config "$work/use.cnf" -section "$section" -queryfile "$work/query.tsq" \
    -inkey "$work/$name.key" -signer "$name.pem" -out "$out" 2> /dev/null
}

authority rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
authority ec -algorithm EC -pkeyopt ec_paramgen_curve:P-256
openssl req -x509 -new -key "$work/rsa.key" -days 36500 -config "$work/tsa.cnf" -extensions other_ext -out other.pem

token rsa.tsr rsa v2 sha256 -cert
token ec.tsr ec v2 sha256 -no_nonce
token v1.tsr rsa v1 sha256
token sha512.tsr rsa v2 sha512 -cert
openssl ts -reply -in rsa.tsr -token_out -out rsa.tst 2> /dev/null
for one in *.tsr; do openssl base64 -in "$one" -out "$one.b64"; done
openssl base64 -in rsa.tst -out rsa.tst.b64
for one in rsa ec; do openssl ts -verify -data message.txt -in $one.tsr -CAfile $one.pem -untrusted $one.pem; done
rm ./*.tsr rsa.tst # the tests read the text form
