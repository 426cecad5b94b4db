#include <iostream>

#include "base/clock.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  const base::SystemClock clock;
  cli::Context context{std::cout, std::cerr, clock};
  return cli::run({argv + 1, argv + argc}, context);
}
