#pragma once
// The officers' side of the counter: a queue with due dates, a case with documents beside the
// answers, supplements, opinions, decisions with a second pair of eyes, and a team's figures.
// A set of routes; all state is in the rooms it is given.
#include <vector>

#include "core/core.hpp"
#include "net/net.hpp"

namespace minben::store {
class Database;
}
namespace minben::identity {
class Identity;
}
namespace minben::casework {
class Casework;
}
namespace minben::mydata {
class DataRequests;
class Questions;
}  // namespace minben::mydata
namespace minben::documents {
class Documents;
}
namespace minben::page {
class Site;
}
namespace minben::registry {
class Registry;
}

namespace minben::desk {

/// All outlive the server that serves the routes.
struct Dependencies {
  page::Site& site;
  store::Database& database;
  identity::Identity& identity;
  casework::Casework& casework;
  documents::Documents& documents;
  registry::Registry* registry = nullptr;         ///< none: no pages about the exchange
  mydata::DataRequests* data_requests = nullptr;  ///< none: nobody brings data to counters
  mydata::Questions* questions = nullptr;         ///< none: no use can be questioned
};

/// Every page below /zh-Hant/desk and /en/desk. Gives page::access::officer_of_case its meaning
/// (the officer's agency takes part in {case}), so it is called once for a site.
std::vector<net::Route> routes(const Dependencies& dependencies);

}  // namespace minben::desk
