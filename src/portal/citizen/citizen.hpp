#pragma once
// The applicants' side of the counter: finding a service, applying, paying, following a case, and
// seeing who used one's data. A set of routes; all state is in the rooms it is given.
#include <string>
#include <functional>
#include <optional>
#include <vector>

#include "core/core.hpp"
#include "net/net.hpp"

namespace minben::store {
class Database;
}
namespace minben::identity {
class CertificateSignIn;
class MobileApproval;
struct RegisterEntry;
struct RegisterQuestion;
class Identity;
class Mandates;
}  // namespace minben::identity
namespace minben::casework {
class Casework;
}
namespace minben::mydata {
class Catalogue;
class DataRequests;
class MyData;
class Questions;
}  // namespace minben::mydata
namespace minben::payments {
class Payments;
}
namespace minben::documents {
class Documents;
}
namespace minben::ledger {
class Logs;
class Notices;
class Witnessing;
}  // namespace minben::ledger
namespace minben::openid {
class RelyingParty;
}
namespace minben::page {
class Site;
}

namespace minben::citizen {

/// All outlive the server that serves the routes.
struct Dependencies {
  page::Site& site;
  store::Database& database;
  identity::Identity& identity;
  casework::Casework& casework;
  mydata::MyData& mydata;
  payments::Payments& payments;
  documents::Documents& documents;
  const ledger::Logs& ledger;                      ///< whose receipts people hold
  const ledger::Witnessing* witnessing = nullptr;  ///< nothing: the ledger has no witnesses
  const ledger::Notices* notices = nullptr;        ///< nothing: none are written
  /// Nothing: nobody signs in with another provider.
  const openid::RelyingParty* relying_party = nullptr;
  mydata::DataRequests* data_requests = nullptr;        ///< nothing: nothing can be asked for
  const mydata::Catalogue* resources = nullptr;         ///< with it
  identity::CertificateSignIn* certificates = nullptr;  ///< nothing: the method is not offered
  identity::MobileApproval* approvals = nullptr;        ///< nothing: likewise
  /// Of health card and household number; empty: likewise.
  std::function<Result<std::optional<identity::RegisterEntry>>(const identity::RegisterQuestion&)>
      registers{};
  identity::Mandates* mandates = nullptr;  ///< nothing: nobody acts for others
  std::string certificate_address{};       ///< where certificate_routes() are served; "" = nowhere
  mydata::Questions* questions = nullptr;  ///< nothing: no use can be questioned
};

/// Every page below /zh-Hant and /en that is not an officer's. Gives
/// page::access::applicant_of_case its meaning, so it is called once for a site. A thread listens
/// for changes of cases as long as any of the routes lives.
std::vector<net::Route> routes(const Dependencies& dependencies);

/// For a listener of its own, which asks for client certificates of the citizens' authority, so
/// that browsers ask people for theirs only there: GET /{language}/sign-in/certificate?challenge=…,
/// which leads back to `origin`. No cookies; who the browser is, only the pages at `origin` know.
std::vector<net::Route> certificate_routes(identity::CertificateSignIn& certificates,
                                           const std::string& origin);

}  // namespace minben::citizen
