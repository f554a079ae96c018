#include "doctor_words.hpp"

#include <fmt/core.h>

namespace minben::app::doctor {

void print_words(const Findings& findings) {
  int warnings = 0, faults = 0;
  for (const auto& one : findings) {
    switch (one.severity) {
      case Severity::fine:
        fmt::print("ok       {}: {}\n", one.subject, one.what);
        break;
      case Severity::warning:
        ++warnings;
        fmt::print("WARNING  {}: {}\n         -> {} [{}]\n", one.subject, one.what, one.remedy,
                   one.code);
        break;
      case Severity::fault:
        ++faults;
        fmt::print("FAULT    {}: {}\n         -> {} [{}]\n", one.subject, one.what, one.remedy,
                   one.code);
        break;
    }
  }
  fmt::print("\n{} checks, {} warnings, {} faults\n", findings.size(), warnings, faults);
}

void print_json(const Findings& findings) {
  JsonArray list;
  for (const auto& one : findings)
    list.push_back(JsonObject{{"severity", to_string(one.severity)},
                              {"code", one.code},
                              {"subject", one.subject},
                              {"what", one.what},
                              {"remedy", one.remedy}});
  fmt::print("{}\n", write_json_pretty(JsonObject{{"findings", list}}));
}

}  // namespace minben::app::doctor
