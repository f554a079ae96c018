#pragma once
// What casework hands to the process of a package, without a case: for simulations, which must run
// on the very same ministry, fee and variables. All functions are thread-safe.
#include <optional>

#include "casework/package.hpp"
#include "process/definition.hpp"

namespace minben::casework {

const process::DefinitionPtr& process_of(const Package& package);

/// The step's agency, or the ministry that the routing rule found; internal "no_holder".
Result<AgencyCode> holder_of(const Step& step, const std::optional<AgencyCode>& ministry);

/// Variables with which an instance starts; docs/packages.md lists them.
JsonObject first_variables(const Package& package, const std::optional<AgencyCode>& ministry,
                           std::int64_t fee_twd, const JsonObject& answers);

struct DrySubmission {
  std::optional<AgencyCode> ministry;
  std::int64_t fee_twd = 0;
  JsonObject variables;
};
/// By the package's routing and fee decisions. The answers need not fill the form: what is missing
/// is null to the rules. Errors: "no_routing", "no_fee".
Result<DrySubmission> dry_submission(const Package& package, const JsonObject& answers,
                                     Instant now);

}  // namespace minben::casework
