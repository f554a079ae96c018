#pragma once
// Private: what the files about data requests share.
#include "impl.hpp"
#include "mydata/requests.hpp"
#include "package.hpp"

namespace minben::mydata {

inline constexpr std::string_view pack_job = "mydata.pack";
inline constexpr std::string_view notify_job = "mydata.notify";
inline constexpr std::string_view end_job = "mydata.end_request";
inline constexpr std::string_view promise_job = "mydata.promise";
inline constexpr std::string_view mail_job = "mydata.mail";
inline constexpr std::string_view heartbeat_job = "mydata.heartbeat";

inline constexpr std::string_view item_context = "mydata.request_item";
inline constexpr std::string_view file_context = "mydata.request_file";

/// A row with what must not leave this room.
struct RequestRow {
  DataRequest view;
  PersonId person;  ///< nil: nobody's yet
  Bytes whose;      ///< keyed hash of the number that the service provider meant
  Bytes sealed_ticket;
  Bytes otp_hash;
  std::optional<Instant> otp_until;
  int otp_tries = 0;
};

struct Ticket {
  std::string ticket;
  Bytes secret_key;  ///< 32 bytes
};

struct DataRequests::Impl {
  Impl(RequestParts given, RequestConfig settings)
      : parts(given),
        config(std::move(settings)),
        client({.server_ca_pem = config.server_ca, .timeout_ms = milliseconds{10'000}}) {}
  RequestParts parts;
  RequestConfig config;
  net::Client client;
  identity::Mailer mailer{};
  std::mutex seals_mutex{};
  std::map<std::string, trust::RsaSeal, std::less<>> seals{};

  [[nodiscard]] Instant now() const { return parts.clock.now(); }
  [[nodiscard]] Bytes hash_of(std::string_view purpose, std::string_view secret) const {
    return parts.identity.vault().lookup(purpose, secret);
  }

  // requests.cpp
  Result<Arrived> check_arrival(const Arrival& arrival, const KnownProvider& provider,
                                std::vector<std::string>& resources) const;
  /// With each resource of each subject.
  Result<void> insert(store::Transaction& tx, const RequestRow& row,
                      const std::vector<std::string>& resources,
                      const std::vector<PersonId>& whose = {});
  /// Errors of Mandates::authority_over.
  Result<identity::Act> authority_over(store::Transaction& tx, PersonId person,
                                       PersonId subject) const;
  Result<DataRequest> open_for(store::Transaction& tx, RequestRow row, PersonId person);
  Result<std::string> national_id_of(store::Transaction& tx, PersonId person) const;
  Result<void> ask_consents(store::Transaction& tx, RequestRow& row);
  Result<ConsentTerms> terms_of(const RequestRow& row, const Resource& resource);
  Result<void> close(store::Transaction& tx, const RequestRow& row, int code) const;
  Result<void> close_unanswered(store::Transaction& tx, RequestRow& row);

  // request_rows.cpp
  /// not_found "no_such_request" unless it is the person's.
  Result<RequestRow> own(store::Transaction& tx, PersonId person, DataRequestId id,
                         bool lock = true) const;
  Result<RequestRow> by_id(store::Transaction& tx, DataRequestId id, bool lock = true) const;
  Result<std::optional<RequestRow>> by_hash(store::Transaction& tx, const store::Query& query,
                                            const Bytes& hash) const;
  Result<void> set_item(store::Transaction& tx, const RequestRow& row, std::string_view key,
                        ItemState state) const;
  /// To open pages: topic "data-request", key = the request's id.
  Result<void> tell_changed(store::Transaction& tx, const RequestRow& row) const;

  // request_decide.cpp
  Result<bool> take_quota(store::Transaction& tx, const Resource& resource) const;
  Result<ItemState> answer_item(store::Transaction& tx, const RequestRow& row,
                                const RequestItem& item, bool granted,
                                const identity::Authority& by) const;
  Result<void> give_ticket(store::Transaction& tx, const RequestRow& row) const;
  Result<void> settle(store::Transaction& tx, RequestRow& row);

  // request_jobs.cpp
  Result<void> pack(store::Transaction& tx, const store::Job& job);
  Result<void> notify(store::Transaction& tx, const store::Job& job);
  Result<void> end(store::Transaction& tx, const store::Job& job);
  Result<void> keep_promise(store::Transaction& tx, const store::Job& job);
  Result<Json> fetch(const RequestItem& item, const Resource& resource);
  Result<void> keep_item(store::Transaction& tx, const RequestRow& row, const RequestItem& item,
                         const Resource& resource, const Json& data);
  Result<std::shared_ptr<const trust::RsaSeal>> seal_of(const Resource& resource);
  Result<void> send_mail(store::Transaction& tx, const store::Job& job);
  Result<void> beat(store::Transaction& tx, const store::Job& job);
  void plan_heartbeats();
  [[nodiscard]] std::string document_of(const Resource& resource, const Json& data) const;

  // request_delivery.cpp
  /// What may be handed on at this moment: consents are locked until the transaction ends, and what
  /// was withdrawn is out. Items in their order.
  Result<std::vector<Packed>> current(store::Transaction& tx, RequestRow& row) const;
  Result<std::string> folder_of(store::Transaction& tx, PersonId subject) const;
  Result<void> record_views(store::Transaction& tx, const RequestRow& row,
                            const std::vector<Packed>& items, std::string_view officer_role) const;
  Result<CounterFile> give_to_clerk(store::Transaction& tx, RequestRow& row,
                                    std::string_view officer_role) const;
  Result<Ticket> ticket_of(const KnownProvider& provider, const RequestRow& row) const;
};

/// pid and secret_key in the form that this client uses. Error "bad_pid".
Result<std::string> open_pid(const KnownProvider& provider, std::string_view pid, Instant now);
Result<std::string> close_secret_key(const KnownProvider& provider, trust::Octets secret,
                                     Instant now, Random& random);
Result<std::string> close_delivery(const KnownProvider& provider, const std::string& zip,
                                   trust::Octets secret, Random& random);

/// The ids in the address, or nothing: 1 to 32, each once.
std::optional<std::vector<std::string>> read_resource_ids(std::string_view encoded);

std::unexpected<Error> no_such_request();

}  // namespace minben::mydata
