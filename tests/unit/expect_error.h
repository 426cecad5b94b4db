#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace testing_support {

// Expects a base::Error of this kind whose message holds `part`.
template <typename Action>
void expect_error(base::ErrorKind kind, const std::string& part, Action action) {
  try {
    action();
    FAIL() << "no error; expected one with '" << part << "'";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace testing_support
