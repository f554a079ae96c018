// minben gateway doctor: what is wrong with a gateway, in plain words.
#include <fmt/core.h>

#include "commands.hpp"
#include "doctor/doctor.hpp"

namespace minben::app::command {

namespace {

void print_words(const doctor::Findings& findings) {
  int warnings = 0, faults = 0;
  for (const auto& one : findings) {
    switch (one.severity) {
      case doctor::Severity::fine:
        fmt::print("ok       {}: {}\n", one.subject, one.what);
        break;
      case doctor::Severity::warning:
        ++warnings;
        fmt::print("WARNING  {}: {}\n         -> {} [{}]\n", one.subject, one.what, one.remedy,
                   one.code);
        break;
      case doctor::Severity::fault:
        ++faults;
        fmt::print("FAULT    {}: {}\n         -> {} [{}]\n", one.subject, one.what, one.remedy,
                   one.code);
        break;
    }
  }
  fmt::print("\n{} checks, {} warnings, {} faults\n", findings.size(), warnings, faults);
}

void print_json(const doctor::Findings& findings) {
  JsonArray list;
  for (const auto& one : findings)
    list.push_back(JsonObject{{"severity", doctor::to_string(one.severity)},
                              {"code", one.code},
                              {"subject", one.subject},
                              {"what", one.what},
                              {"remedy", one.remedy}});
  fmt::print("{}\n", write_json_pretty(JsonObject{{"findings", list}}));
}

}  // namespace

int examine_gateway(const GatewayDoctorOptions& options) {
  SystemClock clock;
  const auto findings = doctor::examine(options.place, clock);
  if (options.json) print_json(findings);
  else print_words(findings);
  return static_cast<int>(doctor::worst(findings));
}

}  // namespace minben::app::command
