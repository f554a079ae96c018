#pragma once
// Who takes part in the demonstration country and on which ports.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "casework/package.hpp"
#include "core/core.hpp"
#include "gateway/gateway.hpp"
#include "mydata/resources.hpp"

namespace minben::app::demo {

struct Agency {
  std::string_view code;
  std::string_view name_zh;
  std::string_view name_en;
};

inline constexpr std::array<Agency, 8> agencies = {{
    {"ris", "內政部戶政司", "Department of Household Registration"},
    {"nia", "內政部移民署", "National Immigration Agency"},
    {"wda", "勞動部勞動力發展署", "Workforce Development Agency"},
    {"boca", "外交部領事事務局", "Bureau of Consular Affairs"},
    {"nstc", "國家科學及技術委員會", "National Science and Technology Council"},
    {"moda", "數位發展部", "Ministry of Digital Affairs"},
    {"nhi", "衛生福利部中央健康保險署", "National Health Insurance Administration"},
    {"moea", "經濟部商業發展署", "Administration of Commerce"},
}};

/// Their codes: the agencies that a package may name here.
casework::KnownAgencies known_agencies();

/// Ports of everything, counted from the portal's.
struct Ports {
  std::uint16_t portal = 8080;
  [[nodiscard]] std::uint16_t mailbox() const { return at(1); }
  [[nodiscard]] std::uint16_t smtp() const { return at(2); }
  [[nodiscard]] std::uint16_t payments() const { return at(3); }
  [[nodiscard]] std::uint16_t use_list() const { return at(4); }
  [[nodiscard]] std::uint16_t phones() const { return at(5); }
  [[nodiscard]] std::uint16_t citizen_authority() const { return at(7); }
  /// Where browsers show citizen certificates.
  [[nodiscard]] std::uint16_t cards() const { return at(8); }
  [[nodiscard]] std::uint16_t gateway_client(std::size_t agency) const { return at(10 + agency); }
  [[nodiscard]] std::uint16_t gateway_peer(std::size_t agency) const { return at(20 + agency); }
  [[nodiscard]] std::uint16_t register_of(std::size_t agency) const { return at(30 + agency); }

 private:
  [[nodiscard]] std::uint16_t at(std::size_t offset) const {
    return static_cast<std::uint16_t>(portal + offset);
  }
};

/// Whose gateway serves the list of uses to other portals.
inline constexpr std::string_view use_list_agency = "moda";
/// Who runs the platform, and asks other registers in its name who somebody is.
inline constexpr std::string_view platform_agency = "moda";

/// The household register tells of changes (docs/messages.md), by pseudonym and city only; the
/// agency that keeps work permits has its register hear of them, and nobody else may.
inline constexpr std::string_view household_changes = "household-changes";
/// It also tells the platform of deaths and of its mistakes about them, by national id.
inline constexpr std::string_view deaths = "deaths";
inline constexpr std::string_view household_agency = "ris";
inline constexpr std::string_view hearing_agency = "wda";
inline constexpr std::string_view hearing_purpose = "address-upkeep";

/// The exchange that the packages need: each data item gives a service of its provider and a rule
/// for its consumer. What people may have handed on is open to the operator, and to agencies with
/// counters. Besides, household registration, which has a portal of its own, may ask who used a
/// person's data, and tells of changes in its register; and the digital ministry, which runs this
/// platform, may ask whether somebody is who they say (../register_check.hpp). Nothing more is
/// allowed.
gateway::Plan plan_exchange(const Ports& ports, std::span<const casework::PackagePtr> packages,
                            const mydata::Catalogue& resources,
                            const trust::VerifyKey& consent_key);

}  // namespace minben::app::demo
