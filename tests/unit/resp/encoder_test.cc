#include "resp/encoder.h"

#include <gtest/gtest.h>

#include <cmath>

TEST(Encoder, SpeaksRespTwo) {
  std::string out;
  resp::Encoder encoder(out, 2);
  encoder.ok();
  encoder.integer(-7);
  encoder.bulk_string("a\r\nb");
  encoder.verbatim_text("t");
  encoder.null();
  encoder.map(1);
  encoder.array(0);
  encoder.number(0.1);
  encoder.null_array();
  encoder.set(1);
  encoder.push(1);
  EXPECT_EQ(out,
            "+OK\r\n:-7\r\n$4\r\na\r\nb\r\n$1\r\nt\r\n$-1\r\n*2\r\n*0\r\n"
            "$19\r\n0.10000000000000001\r\n*-1\r\n*1\r\n*1\r\n");
}

TEST(Encoder, SpeaksRespThree) {
  std::string out;
  resp::Encoder encoder(out, 3);
  encoder.verbatim_text("t");
  encoder.null();
  encoder.map(1);
  encoder.number(-1.5);
  encoder.number(HUGE_VAL);
  encoder.null_array();
  encoder.set(1);
  encoder.push(1);
  EXPECT_EQ(out, "=5\r\ntxt:t\r\n_\r\n%1\r\n,-1.5\r\n,inf\r\n_\r\n~1\r\n>1\r\n");
}

TEST(Encoder, ErrorsStayOnOneLine) {
  std::string out;
  resp::Encoder(out, 2).error("ERR a\r\n+OK");
  EXPECT_EQ(out, "-ERR a  +OK\r\n");
}

TEST(Encoder, CommandsAreArraysOfBulkStrings) {
  std::string out;
  resp::append_command(out, {"GET", "k"});
  EXPECT_EQ(out, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
}
