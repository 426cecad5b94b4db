#include "conf/client_snippet.h"

#include <algorithm>

#include "base/error.h"

namespace conf {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kRedisCli =
    R"(redis-cli --tls -h @HOST@ -p @PORT@ --cacert '@ROOTS@' --cert '@CERT@' --key '@KEY@' PING
)";

constexpr std::string_view kPython = R"(# pip install redis, or apt install python3-redis
import redis

# The files are read anew at each connect, so a renewed certificate is used by itself.
client = redis.Redis(host="@HOST@", port=@PORT@, ssl=True, ssl_check_hostname=True,
                     ssl_ca_certs="@ROOTS@", ssl_certfile="@CERT@", ssl_keyfile="@KEY@")
print(client.ping())
)";

constexpr std::string_view kNode = R"(// npm install ioredis
const fs = require("fs");
const Redis = require("ioredis");

// Files are read here, once: make a new client when the certificate has been renewed.
const client = new Redis({
  host: "@HOST@",
  port: @PORT@,
  tls: {
    ca: fs.readFileSync("@ROOTS@"),
    cert: fs.readFileSync("@CERT@"),
    key: fs.readFileSync("@KEY@"),
  },
});
client.ping().then((reply) => {
  console.log(reply);
  client.disconnect();
});
)";

constexpr std::string_view kGo = R"(// go get github.com/redis/go-redis/v9
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/redis/go-redis/v9"
)

func main() {
	pem, err := os.ReadFile("@ROOTS@")
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		panic("no certificate in @ROOTS@")
	}
	client := redis.NewClient(&redis.Options{
		Addr: "@HOST@:@PORT@",
		TLSConfig: &tls.Config{
			ServerName: "@HOST@",
			RootCAs:    roots,
			MinVersion: tls.VersionTLS12,
			// Read at each handshake, so a renewed certificate is used by itself.
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				pair, err := tls.LoadX509KeyPair("@CERT@", "@KEY@")
				return &pair, err
			},
		},
	})
	fmt.Println(client.Ping(context.Background()).Result())
}
)";

constexpr std::string_view kJava = R"(// Jedis; first, with a password of your own in $STORE_PASSWORD:
//   redis-pki export @NAME@ --format p12 --passphrase env:STORE_PASSWORD --out @NAME@.p12
//   keytool -importcert -noprompt -alias root -file @ROOTS@ -keystore trust.p12 -storepass:env STORE_PASSWORD
import java.io.FileInputStream;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPooled;

public class Ping {
  static KeyStore load(String file, char[] password) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(file)) {
      store.load(in, password);
    }
    return store;
  }

  public static void main(String[] arguments) throws Exception {
    char[] password = System.getenv("STORE_PASSWORD").toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(load("@NAME@.p12", password), password);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(load("trust.p12", password));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    DefaultJedisClientConfig config = DefaultJedisClientConfig.builder()
        .ssl(true).sslSocketFactory(context.getSocketFactory())
        .hostnameVerifier(javax.net.ssl.HttpsURLConnection.getDefaultHostnameVerifier()).build();
    try (JedisPooled client = new JedisPooled(new HostAndPort("@HOST@", @PORT@), config)) {
      System.out.println(client.ping());
    }
  }
}
)";

struct Language {
  const char* name;
  std::string_view text;
};

constexpr Language kLanguages[] = {
    {"redis-cli", kRedisCli}, {"python", kPython}, {"node", kNode}, {"go", kGo}, {"java", kJava}};

std::string fill_in(std::string_view text, const SnippetOptions& options) {
  const std::pair<std::string_view, std::string> values[] = {
      {"@HOST@", options.host},   {"@PORT@", std::to_string(options.port)},
      {"@ROOTS@", options.roots}, {"@CERT@", options.certificate},
      {"@KEY@", options.key},     {"@NAME@", options.name}};
  std::string result;
  while (!text.empty()) {
    const auto value = std::find_if(std::begin(values), std::end(values),
                                    [&](const auto& entry) { return text.starts_with(entry.first); });
    const bool is_found = value != std::end(values);
    result += is_found ? value->second : std::string(1, text.front());
    text.remove_prefix(is_found ? value->first.size() : 1);
  }
  return result;
}

}  // namespace

std::vector<std::string> snippet_languages() {
  std::vector<std::string> names;
  for (const Language& language : kLanguages) names.emplace_back(language.name);
  return names;
}

std::string make_snippet(std::string_view language, const SnippetOptions& options) {
  for (const std::string& text : {options.host, options.certificate, options.key, options.roots}) {
    if (text.find_first_of("\"'\\\n") == text.npos) continue;
    throw Error(ErrorKind::kUsage, text + ": can't be written into a program as it stands");
  }
  for (const Language& known : kLanguages) {
    if (known.name == language) return fill_in(known.text, options);
  }
  throw Error(ErrorKind::kUsage,
              "--lang is redis-cli, python, node, go or java, not '" + std::string(language) + "'");
}

}  // namespace conf
