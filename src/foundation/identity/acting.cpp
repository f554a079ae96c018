#include "acting.hpp"

#include <algorithm>

namespace minben::identity {

std::string_view to_string(MandateKind kind) {
  switch (kind) {
    case MandateKind::guardian:
      return "guardian";
    case MandateKind::company:
      return "company";
    case MandateKind::granted:
      return "granted";
  }
  return "";
}

std::optional<MandateKind> parse_mandate_kind(std::string_view text) {
  for (const auto kind : {MandateKind::guardian, MandateKind::company, MandateKind::granted})
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

bool Powers::for_service(const ServiceCode& code) const {
  return services && (only.empty() || std::ranges::find(only, code) != only.end());
}

Json to_json(const Act& act) {
  return JsonObject{{"sub", to_string(act.actor)},
                    {"mandate", to_string(act.mandate)},
                    {"kind", to_string(act.kind)}};
}

std::optional<Act> act_from(const Json& json) {
  const auto actor = PersonId::parse(string_or(json, "sub"));
  const auto mandate = MandateId::parse(string_or(json, "mandate"));
  const auto kind = parse_mandate_kind(string_or(json, "kind"));
  if (!actor || !mandate || !kind) return std::nullopt;
  return Act{*actor, *mandate, *kind};
}

}  // namespace minben::identity
