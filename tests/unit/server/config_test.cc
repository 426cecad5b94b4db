#include "server/config.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using base::ErrorKind;
using server::Config;
using testing_support::expect_error;

TEST(Config, ReadsARedisConf) {
  Config config;
  server::apply_config_text(config,
                            "# comment\n"
                            "port 0\r\n"
                            "tls-port 6380\n"
                            "\n"
                            "bind 127.0.0.1 -::1\n"
                            "tls-cert-file \"/etc/my certs/tls.crt\"\n"
                            "TLS-Auth-Clients optional",
                            "redis.conf");
  EXPECT_EQ(config.port, 0);
  EXPECT_EQ(config.tls_port, 6380);
  EXPECT_EQ(config.bind, (std::vector<std::string>{"127.0.0.1", "-::1"}));
  EXPECT_EQ(config.tls_cert_file, "/etc/my certs/tls.crt");
  EXPECT_EQ(config.tls_auth_clients, tls::ClientAuth::kOptional);
}

TEST(Config, ReadsRedisServersOptionStyle) {
  Config config;
  server::apply_arguments(
      config, {"--tls-port", "1", "--bind", "127.0.0.1", "::1", "--certificate-key-pair", "a.crt", "b.key"});
  EXPECT_EQ(config.tls_port, 1);
  EXPECT_EQ(config.bind.size(), 2u);
  EXPECT_EQ(config.tls_cert_file, "a.crt");
  EXPECT_EQ(config.tls_key_file, "b.key");
}

TEST(Config, PairOfPathsWithSpacesIsQuoted) {
  Config config;
  server::find_directive("certificate-key-pair")->set(config, R"("/a b/tls.crt" /c/tls.key)");
  EXPECT_EQ(config.tls_cert_file, "/a b/tls.crt");
  EXPECT_EQ(config.tls_key_file, "/c/tls.key");
  EXPECT_EQ(server::find_directive("certificate-key-pair")->get(config), R"("/a b/tls.crt" /c/tls.key)");
}

TEST(Config, ErrorsNameTheDirectiveTheLineAndTheNearest) {
  Config config;
  expect_error(ErrorKind::kUsage, "redis.conf:2: unknown directive 'tls-prot'; did you mean 'tls-port'?",
               [&] { server::apply_config_text(config, "port 0\ntls-prot 1\n", "redis.conf"); });
  expect_error(ErrorKind::kUsage, "tls-port: argument must be between 0 and 65535 inclusive", [&] {
    server::apply_arguments(config, {"--tls-port", "65536"});
  });
  expect_error(ErrorKind::kUsage, "must be one of the following: no, yes, optional", [&] {
    server::apply_arguments(config, {"--tls-auth-clients", "maybe"});
  });
  expect_error(ErrorKind::kUsage, "wrong number of arguments",
               [&] { server::apply_arguments(config, {"--port"}); });
  expect_error(ErrorKind::kUsage, "unbalanced quotes",
               [&] { server::apply_config_text(config, "bind \"x\n", "redis.conf"); });
}

TEST(Config, EveryDirectiveReadsBackWhatItWrites) {
  for (const auto& directive : server::directives()) {
    if (directive.mutability == server::Mutability::kFixed) continue;
    Config config;
    config.tls_cert_file = "a";
    config.tls_key_file = "b";
    const std::string value = directive.get(config);
    directive.set(config, value);
    EXPECT_EQ(directive.get(config), value) << directive.name;
  }
}
