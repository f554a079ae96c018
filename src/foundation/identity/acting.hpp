#pragma once
// Acting for somebody else. Whoever does so stays who they are: records name both, the principal
// whose matter it is and the actor (RFC 8693 §4.1), with the mandate between them.
//
// Plain values, thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "identity/levels.hpp"

namespace minben::identity {

using MandateId = Id<struct MandateTag>;

/// guardian: 法定代理人 of a minor (民法 §1086, §1098), as the household register says. company:
/// its 負責人 (公司法 §8), as the company register says. granted: 意定代理, by the principal's own
/// word (民法 §167).
enum class MandateKind { guardian, company, granted };
std::string_view to_string(MandateKind kind);
std::optional<MandateKind> parse_mandate_kind(std::string_view text);

/// What may be done under a mandate.
struct Powers {
  bool services = false;          ///< apply, and everything about the cases that come of it
  bool data = false;              ///< consents, data requests, and who used the principal's data
  std::vector<ServiceCode> only;  ///< of which services; empty: of all
  [[nodiscard]] bool for_service(const ServiceCode& code) const;
  friend bool operator==(const Powers&, const Powers&) = default;
};

/// The actor as records and tokens name them.
struct Act {
  PersonId actor;
  MandateId mandate;
  MandateKind kind = MandateKind::granted;
  friend bool operator==(const Act&, const Act&) = default;
};
/// {"sub","mandate","kind"}
Json to_json(const Act& act);
std::optional<Act> act_from(const Json& json);

/// By what right somebody decides: how surely they are who they are, and for whom they act.
struct Authority {
  Authority(Assurance with) : assurance(with) {}
  Authority(Assurance with, std::optional<Act> acting) : assurance(with), act(acting) {}
  Assurance assurance;
  std::optional<Act> act;
};

/// For whom a session acts now.
struct Acting {
  PersonId principal;
  std::string name;  ///< the principal's
  Act act;
  Powers powers;
};

}  // namespace minben::identity
