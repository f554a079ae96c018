#pragma once
// Data requests: several things of one person, asked for in one go, each granted or refused on its
// own, fetched under a consent of its own and handed on in one of three ways: to a service provider
// over MyData's interface (v4.8), at an agency's counter, or to the person as a file.
//
//   arrived → open → decided → closed
//
// arrived: a browser came with it, nobody knows whose it is. open: a person signed in and is asked.
// decided: answered; what was granted is fetched by jobs and handed on. closed: over, `code` says
// how. What was fetched is kept sealed under the person's key for at most `keep`, and no longer
// than each item's consent: a withdrawal that is committed before a delivery keeps its item out.
//
// Thread-safe. Codes are those of MyData's rules: 200, 205 refused, 206 quota used up, 400, 401,
// 403, 404, 408 too late, 409 somebody else signed in, 410 the service provider did not take the
// notification, 423 suspended, 501 no longer offered, 504 the register failed.
#include <functional>
#include <memory>
#include <set>

#include "identity/mandates.hpp"
#include "mydata/mydata.hpp"
#include "mydata/resources.hpp"
#include "mydata/service_providers.hpp"
#include "net/net.hpp"

namespace minben::mydata {

enum class DeliveryMode { service, counter, download };
std::string_view to_string(DeliveryMode mode);

enum class RequestState { arrived, open, decided, closed };

/// asked → refused | over_quota | packing;  packing → ready | failed | withdrawn;  ready →
/// withdrawn.
enum class ItemState { asked, refused, over_quota, packing, ready, failed, withdrawn };
std::string_view to_string(ItemState state);

struct RequestItem {
  std::string key;  ///< unique in the request: the resource's id, "@" and a subject for others
  std::string resource_id;
  PersonId subject;   ///< whose data; nil: nobody's yet
  ConsentId consent;  ///< nil: not asked yet
  ItemState state = ItemState::asked;
};

struct DataRequest {
  DataRequestId id;
  DeliveryMode mode = DeliveryMode::service;
  std::string client_id;  ///< "" unless a service provider asked
  std::string tx_id;
  RequestState state = RequestState::arrived;
  int code = 0;            ///< 0: not known yet
  std::string return_url;  ///< "" unless a service provider asked
  AgencyCode agency;       ///< whose counter; "" otherwise
  std::vector<RequestItem> items;
  [[nodiscard]] bool several_people() const;
  Instant answer_by{};
  std::optional<Instant> kept_until;    ///< what was fetched is destroyed then
  std::optional<Instant> delivered_at;  ///< the first time
  std::optional<Instant> barcode_until;
  bool has_file = false;  ///< an encrypted file waits to be downloaded
  [[nodiscard]] bool packing() const;
};

struct RequestConfig {
  minutes answer_within{20};
  hours keep{8};
  minutes barcode_lifetime{20};
  minutes otp_lifetime{10};
  int otp_tries = 5;
  seconds retry_after{60};  ///< told while things are being packed
  int notify_tries = 6;     ///< 1, 2, 4, 8 and 16 s apart
  int fetch_tries = 4;
  minutes promise_every{10};    ///< how often a failed provider is tried again for who was promised
  minutes heartbeat_every{5};   ///< of each resource that has one
  std::filesystem::path seals;  ///< the RSA keys of providers' packages
  std::filesystem::path server_ca;  ///< PEM, what https of service providers chains to
  std::string origin;               ///< of links in mails
  /// The member of the exchange that fetches for people themselves.
  AgencyCode operator_agency{"moda"};
  std::string subsystem = "casework";  ///< of it, and of agencies with counters
};

/// A document of the data of one item, for people to read and print: one row a field. The
/// composition root makes one of the documents room.
using DocumentMaker =
    std::function<Result<std::string>(const Resource& resource, const Json& data, Instant at)>;

/// Asks the resource's heartbeat through the exchange. Errors of the kinds unavailable, internal
/// and too_many mean that the register fails.
using Heartbeat = std::function<Result<void>(const Resource&)>;

/// All outlive the requests.
struct RequestParts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  MyData& mydata;
  identity::Identity& identity;
  ServiceProviders& providers;
  const Catalogue& catalogue;
  Heartbeat heartbeat{};     ///< nothing: none is asked
  DocumentMaker document{};  ///< nothing: packages hold JSON and CSV alone
  /// Nothing: people ask for their own data alone.
  const identity::Mandates* mandates = nullptr;
};

/// A browser that a service provider sent here.
struct Arrival {
  std::string_view client_id;
  std::string_view resources;  ///< base64 or base64url of ids joined by ":"
  std::string_view tx_id;      ///< unique for the client; [A-Za-z0-9._-]{1,64}
  std::string_view return_url;
  std::string_view pid;
};

/// Either an id, or why not. `return_url` is "" when it must not be followed.
struct Arrived {
  DataRequestId id;  ///< nil: refused
  int code = 200;
  std::string return_url;
};

/// Who asks for the data with a ticket.
struct TicketCall {
  std::string_view ticket;
  std::string_view token;    ///< of Authorization: Bearer; "" when there is none
  std::string_view address;  ///< numeric
};
struct Taken {
  int status = 200;
  std::string jwe{};       ///< with 200
  seconds retry_after{0};  ///< with 429
};

/// What a clerk gets.
struct CounterFile {
  std::string name;
  std::string zip;
};

struct ResourceHealth {
  const Resource* resource = nullptr;
  std::string status;  ///< "01" works, "00" fails, "9" maintenance
  std::optional<Instant> failing_since;
  std::optional<Instant> succeeded_at;
};

/// The address with code and tx_id, as MyData sends browsers back.
std::string return_address(std::string_view return_url, int code, std::string_view tx_id);

class DataRequests {
 public:
  DataRequests(RequestParts parts, RequestConfig config);
  ~DataRequests();
  /// Before workers.start(); heartbeats begin then. `mailer` brings one-time codes and kept
  /// promises.
  void work_in(store::Workers& workers, identity::Mailer mailer);

  // --- asked for

  Result<Arrived> arrive(const Arrival& arrival);
  /// By the person for themselves, at once `open`. `agency`: whose counter, with mode counter.
  /// invalid "resources_missing", "unknown_resource"; conflict "identity_not_proven".
  /// `whose`: of whom, empty: of the person; of others only under a mandate for their data that was
  /// confirmed within a day (errors of Mandates::authority_over), at most 32 items in all. Each
  /// item has a consent of its subject, given by the person for them.
  Result<DataRequestId> begin(PersonId person, DeliveryMode mode,
                              const std::vector<std::string>& resources, const AgencyCode& agency,
                              const std::vector<PersonId>& whose = {});
  /// Of this person, or of nobody yet: then it becomes theirs and its consents are asked for. In
  /// somebody's hands whom the service provider did not mean it closes with 409. not_found
  /// "no_such_request" when it is somebody else's; conflict "identity_not_proven" when nobody
  /// vouched for who the person is: a claimed number looks nobody up.
  Result<DataRequest> open(PersonId person, DataRequestId id);
  /// Without opening it. "no_such_request".
  Result<DataRequest> find(PersonId person, DataRequestId id);
  /// Newest first, those of the last 30 days, at most 50.
  Result<std::vector<DataRequest>> requests_of(PersonId person);
  /// Grants what is named, by the items' keys, and refuses the rest. unauthorised
  /// "assurance_too_low" when a granted item needs more; conflict "request_not_open"; invalid
  /// "unknown_resource".
  Result<void> decide(PersonId person, DataRequestId id, const std::set<std::string>& granted,
                      const identity::Authority& by);
  /// A mail when the provider of a failed item is back. It is tried under the person's own consent,
  /// as long as that holds. conflict "not_failed".
  Result<void> promise(PersonId person, DataRequestId id, std::string_view key);
  /// Of an item that is another's, under the person's mandate: MyData::withdraw. "no_such_request"
  /// also when it has no such item.
  Result<void> withdraw(PersonId person, DataRequestId id, std::string_view key);
  /// Levels that the items ask for at most.
  [[nodiscard]] identity::Assurance needed(const DataRequest& request) const;

  // --- to a service provider

  Result<Taken> take(const TicketCall& call);

  // --- to the person

  /// Makes a zip whose files are AES-256-encrypted (WinZip AE-2) with a passphrase that is told
  /// this once. An earlier file is replaced. conflict "nothing_ready", "still_packing".
  Result<std::string> make_file(PersonId person, DataRequestId id);
  /// not_found "no_file".
  Result<std::string> file(PersonId person, DataRequestId id);

  // --- at a counter

  /// 12 digits for a barcode, valid for barcode_lifetime; an earlier one is void. conflict
  /// "nothing_ready", "still_packing", "already_delivered".
  Result<std::string> new_barcode(PersonId person, DataRequestId id);
  /// A clerk of that agency has scanned it: the person gets a code by mail. not_found
  /// "no_such_barcode" for a wrong, void or other agency's one.
  Result<DataRequestId> scan(const AgencyCode& agency, std::string_view barcode);
  /// Once. The look is a use that the person sees. unauthorised "wrong_code", "code_expired"
  /// (also: too many tries); conflict "already_delivered".
  Result<CounterFile> hand_over(const AgencyCode& agency, DataRequestId id, std::string_view code,
                                std::string_view officer_role);

  // --- providers

  /// Who may ask, by client id; for the public.
  Result<std::vector<ServiceProvider>> service_providers();
  /// Until when the asking client uses a form that is unsafe; none: it does not, or nobody asks.
  Result<std::optional<Date>> old_form_until(const DataRequest& request);
  /// Of all that is offered, by id.
  Result<std::vector<ResourceHealth>> health();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::mydata
