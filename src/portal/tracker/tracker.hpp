#pragma once
// Who used a person's data, for other portals: the interface of Estonia's data tracker
// (Andmejälgija), OpenAPI "Andmejälgija kasutusteabe teenus" 2.0.0, of github.com/e-gov/AJ.
//
//   GET /v2/findUsage?userCode=[&periodStart=][&periodEnd=][&offset=0][&limit=1000]
//   GET /v2/usagePeriod
//   GET /v2/heartbeat
//
// It is an ordinary service of the exchange: a gateway of the platform's operator serves it as a
// register and lets in whom an access rule names. These routes therefore belong on a listener that
// only that gateway reaches, never on the public one: who asks is what X-Road-Client says.
//
// userCode is the national id, as typed ("A123456789") or with the country in front
// ("TWA123456789"). Answers are about the person who asks and nobody else: X-Road-UserId must be
// the same person, and Minben-Person too where it is given. Nobody is represented. Who has no
// account here has no uses. Each answer about somebody is a use as well: the person sees it.
//
// Times without an offset are Taiwan's. periodStart and periodEnd belong to the period; limit is at
// most 1000 (more is cut), offset at most 1,000,000. Errors are problem details: 400 "missing",
// "national_id", "bad_instant", "out_of_range", "not_a_subsystem"; 403 "other_person".
#include <functional>
#include <vector>

#include "core/core.hpp"
#include "identity/identity.hpp"
#include "ledger/commitments.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::tracker {

struct Parts {
  store::Database& database;
  const identity::Identity& identity;
  const ledger::Commitments& commitments;
  const Clock& clock;
  Random& random;
  std::function<std::string(const AgencyCode&)> agency_name;
  AgencyCode provider;  ///< whose gateway serves it
};

/// All outlive the routes. Thread-safe.
std::vector<net::Route> routes(Parts parts);

}  // namespace minben::tracker
