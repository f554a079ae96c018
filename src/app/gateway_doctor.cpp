// minben gateway doctor: what is wrong with a gateway, in plain words.
#include "commands.hpp"
#include "doctor_words.hpp"

namespace minben::app::command {

int examine_gateway(const GatewayDoctorOptions& options) {
  SystemClock clock;
  const auto findings = doctor::examine(options.place, clock);
  if (options.json) doctor::print_json(findings);
  else doctor::print_words(findings);
  return static_cast<int>(doctor::worst(findings));
}

}  // namespace minben::app::command
