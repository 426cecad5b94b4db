#include "conf/client_snippet.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "expect_error.h"

using testing_support::expect_error;

TEST(ClientSnippet, HasAllValuesInEachLanguage) {
  const conf::SnippetOptions options{"app", "/c/tls.crt", "/c/tls.key", "/c/ca.crt", "redis-1", 6380};
  for (const std::string& language : conf::snippet_languages()) {
    const std::string text = conf::make_snippet(language, options);
    for (const char* part : {"redis-1", "6380"}) EXPECT_NE(text.find(part), text.npos) << language;
    EXPECT_EQ(text.find("@HOST"), text.npos) << language;
    EXPECT_EQ(text.find("@CERT"), text.npos) << language;
  }
}

TEST(ClientSnippet, RefusesWhatWouldEndAString) {
  expect_error(base::ErrorKind::kUsage, "as it stands", [] {
    conf::make_snippet("python", {"a", "/x\"y/tls.crt", "/k", "/r", "h", 1});
  });
  expect_error(base::ErrorKind::kUsage, "--lang", [] { conf::make_snippet("perl", {}); });
}
