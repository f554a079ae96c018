#pragma once
// The desk of an agency's data stewards: its datasets, which they describe, give files, publish and
// withdraw; what people ask for, report and share, by its last day; and how datasets are used. A
// set of routes; all state is in the rooms it is given.
//
// A steward answers for the publishers whose agency is theirs; those of the platform look at what
// is new, route requests, and see what others leave overdue.
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::page {
class Site;
}
namespace minben::voices {
class Voices;
}
namespace minben::streams {
class Live;
}
namespace minben::datastore {
class Datastore;
}
namespace minben::quality {
class Quality;
}
namespace minben::harvest {
class Harvester;
}
namespace minben::uploads {
class Uploads;
}

namespace minben::steward {

/// All outlive the routes.
struct Dependencies {
  page::Site& site;
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  const catalogue::Index& index;
  voices::Voices& voices;
  datastore::Datastore& tables;
  const Clock& clock;
  Random& random;
  const quality::Quality& quality;
  harvest::Harvester& harvester;
  uploads::Uploads& uploads;
  streams::Live* live = nullptr;  ///< none: there are no live streams
};

/// Every page below /zh-Hant/desk/data and /en/desk/data, for the role data_steward.
std::vector<net::Route> routes(const Dependencies& dependencies);

}  // namespace minben::steward
