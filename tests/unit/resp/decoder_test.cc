#include "resp/decoder.h"

#include <gtest/gtest.h>

#include "resp/value.h"

using resp::Decoder;
using resp::Type;
using Status = Decoder::Status;

namespace {

resp::Value decode(const std::string& bytes) {
  Decoder decoder;
  EXPECT_EQ(decoder.decode(bytes), Status::kComplete) << bytes << ": " << decoder.error();
  EXPECT_EQ(decoder.consumed(), bytes.size());
  return resp::to_value(decoder.nodes(), bytes);
}

std::string error_of(const std::string& bytes, const resp::Limits& limits = {}) {
  Decoder decoder(limits);
  EXPECT_EQ(decoder.decode(bytes), Status::kInvalid) << bytes;
  return decoder.error();
}

const char* const kEverything =
    "*13\r\n+OK\r\n-ERR no\r\n:-42\r\n$5\r\nhe\r\nl\r\n$0\r\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n,3.14\r\n"
    "(12345678901234567890\r\n=7\r\ntxt:abc\r\n%1\r\n+k\r\n~2\r\n:1\r\n>1\r\n*0\r\n";

}  // namespace

TEST(Decoder, ReadsEveryTypeOfRespTwoAndThree) {
  const auto value = decode(kEverything);
  ASSERT_EQ(value.elements.size(), 13u);
  EXPECT_EQ(value.elements[0].text, "OK");
  EXPECT_TRUE(value.elements[1].is_error());
  EXPECT_EQ(value.elements[2].integer, -42);
  EXPECT_EQ(value.elements[3].text, "he\r\nl");
  EXPECT_EQ(value.elements[4].text, "");
  EXPECT_TRUE(value.elements[5].is_null());
  EXPECT_TRUE(value.elements[6].is_null());
  EXPECT_TRUE(value.elements[7].is_null());
  EXPECT_EQ(value.elements[8].integer, 1);
  EXPECT_EQ(value.elements[9].text, "3.14");
  EXPECT_EQ(value.elements[10].type, Type::kBigNumber);
  EXPECT_EQ(value.elements[11].text, "txt:abc");
  ASSERT_EQ(value.elements[12].elements.size(), 2u);
  EXPECT_EQ(value.elements[12].find("k")->elements[1].type, Type::kPush);
}

TEST(Decoder, GivesTheSameWhereverTheBytesAreSplit) {
  const std::string bytes = kEverything;
  for (size_t split = 0; split < bytes.size(); ++split) {
    Decoder decoder;
    ASSERT_EQ(decoder.decode(std::string_view(bytes).substr(0, split)), Status::kIncomplete) << split;
    ASSERT_EQ(decoder.decode(bytes), Status::kComplete) << split;
    ASSERT_EQ(decoder.consumed(), bytes.size());
    ASSERT_EQ(decoder.nodes().size(), 19u);
  }
}

TEST(Decoder, ReadsByteByByte) {
  const std::string bytes = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
  Decoder decoder;
  for (size_t length = 0; length < bytes.size(); ++length) {
    ASSERT_EQ(decoder.decode(std::string_view(bytes).substr(0, length)), Status::kIncomplete);
  }
  ASSERT_EQ(decoder.decode(bytes), Status::kComplete);
  EXPECT_EQ(decoder.nodes()[1].text(bytes), "GET");
}

TEST(Decoder, ReadsAPipelineFrameByFrame) {
  std::string_view rest = "+A\r\n:1\r\n+B";
  Decoder decoder;
  ASSERT_EQ(decoder.decode(rest), Status::kComplete);
  rest.remove_prefix(decoder.consumed());
  ASSERT_EQ(decoder.decode(rest), Status::kComplete);
  EXPECT_EQ(decoder.nodes()[0].integer, 1);
  rest.remove_prefix(decoder.consumed());
  EXPECT_EQ(decoder.decode(rest), Status::kIncomplete);
}

TEST(Decoder, RefusesInRedisWords) {
  EXPECT_EQ(error_of("*abc\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*-2\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*1\r\n$-5\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("$99999999999999999999\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\nfoo\r\n"), "Protocol error: expected '$', got 'f'");
  EXPECT_EQ(error_of("$1\r\nab\r\n"), "Protocol error: expected CRLF after bulk string");
  EXPECT_EQ(error_of(":12x\r\n"), "Protocol error: invalid integer");
  EXPECT_EQ(error_of("+OK\n"), "Protocol error: expected CRLF");
}

TEST(Decoder, IsBounded) {
  EXPECT_EQ(error_of("$101\r\n", {.bulk = 100}), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*11\r\n", {.elements = 10}), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("%6\r\n", {.elements = 10}), "Protocol error: invalid multibulk length");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "*1\r\n";
  EXPECT_EQ(error_of(deep), "Protocol error: too deep or too many elements");
  EXPECT_EQ(error_of("+" + std::string(100, 'x'), {.line = 50}),
            "Protocol error: too big mbulk count string");
  EXPECT_EQ(error_of(std::string(100, 'x'), {.line = 50, .allow_inline = true}),
            "Protocol error: too big inline request");
}

TEST(Decoder, InlineCommandsAreForServersOnly) {
  Decoder decoder({.allow_inline = true});
  const std::string_view line = "PING hello\n";
  ASSERT_EQ(decoder.decode(line), Status::kComplete);
  EXPECT_EQ(decoder.nodes()[0].type, Type::kInline);
  EXPECT_EQ(decoder.nodes()[0].text(line), "PING hello");
  EXPECT_EQ(error_of("PING\r\n"), "Protocol error: expected '$', got 'P'");
}

TEST(Decoder, BeginsAnewAfterAnError) {
  Decoder decoder;
  EXPECT_EQ(decoder.decode("*x\r\n"), Status::kInvalid);
  EXPECT_EQ(decoder.decode("+OK\r\n"), Status::kComplete);
}
