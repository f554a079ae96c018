#pragma once
// What people want to be told: of a dataset (new versions, withdrawal, lateness, what became of
// reports), of a publisher (its datasets, its answers to requests), of a search (what it finds that
// is new or changed).
//
// News come from the outbox, each exactly once, and wait in a table; one mail to a person brings
// all that wait, at once or on Monday morning. A mail is sent at least once. It holds one address
// for each subscription that ends it without signing in: the HMAC of the subscription's id under a
// key of the platform, so nothing secret is stored.
#include <optional>
#include <vector>

#include "voices/voices.hpp"

namespace minben::voices {

using SubscriptionId = Id<struct SubscriptionTag>;

enum class Subject { dataset, publisher, search };
std::string_view to_string(Subject subject);
std::optional<Subject> parse_subject(std::string_view text);

/// A search as it is remembered. Narrowings are those of catalogue::Field that people see.
struct SavedSearch {
  std::string words{};                                         ///< at most 500 bytes
  std::vector<std::pair<std::string, std::string>> filters{};  ///< at most 20: {"format", "CSV"}
  friend bool operator==(const SavedSearch&, const SavedSearch&) = default;
};
/// invalid "empty_search", "unknown_filter".
Result<catalogue::SearchQuery> search_query(const SavedSearch& search);
Json to_json(const SavedSearch& search);
Result<SavedSearch> saved_search(const Json& json);

struct NewSubscription {
  Subject subject = Subject::dataset;
  std::string target = {};  ///< dataset id or publisher code; "" for a search
  SavedSearch search = {};
  bool at_once = false;  ///< else weekly
};

struct Subscription {
  SubscriptionId id;
  Subject subject = Subject::dataset;
  std::string target;
  SavedSearch search;
  bool at_once = false;
  Instant made_at{};
};

class Subscriptions {
 public:
  explicit Subscriptions(const Common& common) : common_(common) {}

  /// The same again only changes how often. not_found "no_such_dataset", "no_such_publisher";
  /// too_many "too_many_subscriptions".
  Result<SubscriptionId> subscribe(PersonId person, const NewSubscription& wanted);
  /// not_found "no_such_subscription" also when it is somebody else's.
  Result<void> end(PersonId person, SubscriptionId id);
  Result<std::vector<Subscription>> of_person(PersonId person);
  Result<std::optional<Subscription>> of_person(PersonId person, Subject subject,
                                                std::string_view target);

  /// How many people follow this dataset or publisher.
  Result<std::int64_t> count(Subject subject, std::string_view target);

  /// For addresses in mails: 43 characters.
  [[nodiscard]] std::string token(SubscriptionId id) const;
  /// The subscription that the token belongs to; not_found "no_such_subscription" for a wrong one
  /// and for one that has ended.
  Result<Subscription> by_token(SubscriptionId id, std::string_view token);
  /// Ended already is no error; a wrong token is.
  Result<void> end_by_token(SubscriptionId id, std::string_view token);
  Result<void> end_all(store::Transaction& tx, PersonId person);

  // --- the room's jobs

  /// Events of the catalogue and of this room, in the outbox's transaction.
  Result<void> take(store::Transaction& tx, std::span<const store::Event> events);
  /// One mail with what waits for the person: "voices.news".
  Result<void> send(store::Transaction& tx, const identity::Mailer& mailer, const store::Job& job);
  /// Runs the subscribed searches: "voices.searches". How many found something.
  Result<int> search(store::Transaction& tx, const catalogue::Index& index);
  /// Tells once of each subscribed dataset whose promised update has not come: "voices.late". How
  /// many are.
  Result<int> find_late(store::Transaction& tx);

 private:
  Result<void> set_mail(store::Transaction& tx, PersonId person, bool at_once);

  const Common& common_;
};

}  // namespace minben::voices
