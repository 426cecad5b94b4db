#include "check/audit_subject.h"

#include <gtest/gtest.h>

using check::AuditSubject;
using check::read_audited_user;

TEST(AuditedUser, LaterRulesCount) {
  EXPECT_TRUE(read_audited_user({"a", "on", "nopass", "~*", "+@all"}).may_do_all);
  EXPECT_FALSE(read_audited_user({"a", "~*", "+@all", "-@dangerous"}).may_do_all);
  EXPECT_FALSE(read_audited_user({"a", "+@all", "~app:*"}).may_do_all);
  EXPECT_FALSE(read_audited_user({"a", "nopass", "on", ">secret"}).needs_no_password);
  EXPECT_FALSE(read_audited_user({"a", "on", "nopass", "~*", "+@all", "reset"}).is_enabled);
}

TEST(AuditedUser, ShortestOfItsPlainPasswordsIsKnown) {
  EXPECT_EQ(read_audited_user({"a", ">longer", ">four", "#" + std::string(64, 'a')}).shortest_plain, 4u);
  EXPECT_EQ(read_audited_user({"a", "#" + std::string(64, 'a')}).shortest_plain, std::nullopt);
}

TEST(AuditSubject, DefaultsAreThoseOfTheServer) {
  AuditSubject subject;
  EXPECT_EQ(subject.plain_port(), "6379");
  EXPECT_TRUE(subject.listens_beyond_loopback());
  subject.server = AuditSubject::Server::kRedisPki;
  EXPECT_EQ(subject.plain_port(), "");
  EXPECT_FALSE(subject.listens_beyond_loopback());
}

TEST(AuditSubject, PortIsTlsWhereTheProposalsWordSaysSo) {
  AuditSubject subject;
  subject.settings = {{"port", {"6380"}}, {"enable-tls", {"yes"}}};
  EXPECT_TRUE(subject.speaks_tls());
  EXPECT_EQ(subject.plain_port(), "");
}

TEST(AuditSubject, OptionalAddressesOfLoopbackAreLoopback) {
  AuditSubject subject;
  subject.settings["bind"] = {"127.0.0.1", "-::1"};
  EXPECT_FALSE(subject.listens_beyond_loopback());
  subject.settings["bind"] = {"127.0.0.1 10.0.0.1"};
  EXPECT_TRUE(subject.listens_beyond_loopback());
}
