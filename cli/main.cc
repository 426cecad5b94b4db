#include <iostream>

#include "base/clock.h"
#include "cli/run.h"
#include "tls/record_memory.h"

int main(int argc, char** argv) {
  tls::keep_record_buffers();
  const base::SystemClock clock;
  cli::Context context{std::cout, std::cerr, clock};
  return cli::run({argv + 1, argv + argc}, context);
}
