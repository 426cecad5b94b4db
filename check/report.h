#pragma once

#include <string>
#include <vector>

#include "check/judgement.h"

namespace check {

State worst_state(const std::vector<Verdict>& verdicts);

// Aligned lines, one a certificate, with what else was found below it.
std::string render_text(const std::vector<Verdict>& verdicts);

// {"state": …, "results": [{"source", "state", "failure", "findings", "certificates"}]}
std::string render_json(const std::vector<Verdict>& verdicts);

}  // namespace check
