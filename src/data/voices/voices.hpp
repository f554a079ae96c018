#pragma once
// What people say to those who publish data: requests, problem reports, stars, what they made of
// it, and what they want to be told. docs/voices.md says who decides what, and by when.
//
// Each step of a request or report is one transaction: new state, history, an outbox event (topic
// "voices"), and the mails as jobs. Who somebody is stays a pseudonymous id; the name that a person
// chose to show is sealed under their own key, so that it goes with their account. Everything here
// is thread-safe.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "core/core.hpp"
#include "identity/identity.hpp"
#include "store/store.hpp"

namespace minben::voices {

using minben::to_string;  // beside those of this room

/// Of this room; apply after those of identity and catalogue.
std::span<const store::Migration> migrations();

/// The `count`-th working day of the agency after `from`, which does not count (行政程序法 §48 II).
/// Whoever knows the offices' calendar gives it: the room of the calendar is above this one.
using WorkingDays = std::function<Date(const AgencyCode& agency, Date from, int count)>;
/// Without a calendar.
Date monday_to_friday(const AgencyCode& agency, Date from, int count);

/// Asks an address whether it still answers; the status, or an error when nobody does. It must not
/// lead into our own networks (net::OutsideClient).
using LinkCheck = std::function<Result<int>(const std::string& url)>;

/// Days are working days where nothing else is said.
struct Config {
  std::string origin;           ///< of links in mails
  AgencyCode platform{"moda"};  ///< whose stewards look at what is new and route it
  WorkingDays working_days = monday_to_friday;
  int answer_days = 15;            ///< for each answer to a request
  int reroute_days = 5;            ///< at least so many are left to whom a request is handed on
  int most_reroutes = 3;           ///< by agencies; after that the platform decides
  int report_days = 5;             ///< to say what a report is about
  int fix_days = 20;               ///< from "acknowledged" to "fixed"
  int remind_days = 3;             ///< before a last day ends
  days rating_time{30};            ///< an answer that nobody rates closes the request
  int most_requests_a_day = 5;     ///< a person, within 24 hours
  int most_reports_a_day = 10;     ///< likewise
  int most_reuses_a_day = 5;       ///< likewise
  int most_held_a_dataset = 20;    ///< reports without an account that wait for a look
  int most_held = 500;             ///< likewise, in all
  int most_strangers_an_hour = 3;  ///< reports without an account from one address, on this node
  int most_subscriptions = 100;    ///< a person
  hours search_every{1};           ///< how often subscribed searches are run
};

/// All outlive the room.
struct Parts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  identity::Identity& identity;
  const catalogue::Catalogue& catalogue;
};

/// Somebody who says something in public.
struct Author {
  PersonId person;
  std::string name;  ///< to be shown, at most 50 characters; "" = 匿名
};

inline constexpr std::size_t most_title = 255;   ///< characters
inline constexpr std::size_t most_words = 2000;  ///< characters

/// The topic of the outbox: key = the id, payload = {"kind": "request" | "report" | "reuse",
/// "step", "publisher", "dataset"}; members that do not apply are left out.
inline constexpr std::string_view topic = "voices";

class Common;  // of this room
class Requests;
class Reports;
class Opinions;
class Showcase;
class Subscriptions;

class Voices {
 public:
  Voices(const Parts& parts, Config config);
  ~Voices();

  [[nodiscard]] const Config& config() const;
  Requests& requests();
  Reports& reports();
  Opinions& opinions();
  Showcase& showcase();
  Subscriptions& subscriptions();

  /// Registers the jobs of this room before workers.start(). Without an index no search is
  /// followed, without `check` no link is looked at.
  void work_in(store::Workers& workers, identity::Mailer mailer,
               const catalogue::Index* index = nullptr, LinkCheck check = {});
  /// Begins to follow the outbox, and sets the jobs that run again and again.
  Result<void> start();
  /// For tests: follows what is there now; how many events.
  Result<int> follow();

  /// What this person is told ends with their account: for Identity::on_account_ended.
  Result<void> account_ended(store::Transaction& tx, PersonId person);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Whether the officer answers for the publisher: a data steward of its agency, or of the platform
/// when the publisher has no agency here.
bool answers_for(const Config& config, const identity::Officer& officer,
                 const catalogue::Publisher& publisher);
/// Whether the officer looks at what is new, and routes.
bool keeps_the_platform(const Config& config, const identity::Officer& officer);

}  // namespace minben::voices
