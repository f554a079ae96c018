// Subscriptions: what a person wants to be told, and what the outbox brings.
#include "voices/subscriptions.hpp"

#include <fmt/format.h>

#include "news.hpp"
#include "quality/quality.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr int monday_hour = 8;  ///< in Taiwan

constexpr Query count_own{"voices_count_subscriptions", R"(
  select count(*) as n from voices.subscription
  where person_id = $1 and not (kind = $2 and target = $3))"};
constexpr Query count_followers{
    "voices_count_followers",
    "select count(*) as n from voices.subscription where kind = $1 and target = $2"};
constexpr Query write_subscription{"voices_subscribe", R"(
  insert into voices.subscription (subscription_id, person_id, kind, target, at_once, made_at, searched_to)
  values ($1, $2, $3, $4, $5, $6::timestamptz, case when $3::text = 'search' then $6::timestamptz end)
  on conflict (person_id, kind, target) do update set at_once = $5
  returning subscription_id)"};
constexpr Query end_own{
    "voices_unsubscribe",
    "delete from voices.subscription where subscription_id = $1 and person_id = $2"};
constexpr Query end_one{"voices_end_subscription",
                        "delete from voices.subscription where subscription_id = $1"};
constexpr Query end_of_person{"voices_end_subscriptions",
                              "delete from voices.subscription where person_id = $1"};
constexpr Query find_own{"voices_subscriptions_of",
                         "select * from voices.subscription where person_id = $1 order by made_at "
                         "desc, subscription_id"};
constexpr Query find_one{"voices_find_subscription",
                         "select * from voices.subscription where subscription_id = $1"};
constexpr Query find_target{"voices_subscription_to", R"(
  select * from voices.subscription where person_id = $1 and kind = $2 and target = $3)"};
/// Nobody's news grow without bounds: more than 500 of one subscription are not kept.
constexpr Query add_news{"voices_add_news", R"(
  with added as (
    insert into voices.news (subscription_id, event, dataset_id, content, at)
    select s.subscription_id, e.event, nullif(e.dataset, '')::uuid, e.content::jsonb, $6::timestamptz
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
      as e (event, kind, target, dataset, content)
    join voices.subscription s on s.kind = e.kind and s.target = e.target
    where (select count(*) from voices.news n where n.subscription_id = s.subscription_id) < 500
    on conflict do nothing
    returning subscription_id)
  select distinct s.person_id, s.at_once
  from added join voices.subscription s on s.subscription_id = added.subscription_id)"};

/// What one event means to those who follow a dataset or a publisher.
class Batch {
 public:
  void add(const store::Event& event) {
    const std::string id = fmt::format("{}:{}", event.topic, event.position);
    if (event.topic == catalogue::topic) return of_catalogue(event, id);
    if (event.topic == quality::topic) return of_quality(event, id);
    of_voices(event, id);
  }
  [[nodiscard]] bool empty() const { return events_.empty(); }
  Result<store::Rows> write(store::Transaction& tx, Instant now) const {
    return tx.run(add_news, events_, kinds_, targets_, datasets_, contents_, now);
  }

 private:
  void of_catalogue(const store::Event& event, const std::string& id) {
    const JsonObject content{{"what", string_or(event.payload, "what")},
                             {"version", get_integer(event.payload, "version").value_or(0)}};
    tell(id, "dataset", event.key, event.key, content);
    tell(id, "publisher", string_or(event.payload, "publisher"), event.key, content);
  }

  /// The first look at a dataset is no news, and what somebody asked for neither.
  void of_quality(const store::Event& event, const std::string& id) {
    std::string what = string_or(event.payload, "what");
    if (what == "badge") {
      const auto rose = get_bool(event.payload, "rose");
      if (!rose) return;
      what = *rose ? "badge_rose" : "badge_fell";
    } else if (what != "link_broken" && what != "link_fixed") {
      return;
    }
    tell(id, "dataset", event.key, event.key, {{"what", what}});
  }

  void of_voices(const store::Event& event, const std::string& id) {
    const std::string kind = string_or(event.payload, "kind"),
                      step = string_or(event.payload, "step"),
                      dataset = string_or(event.payload, "dataset");
    if (kind == "request" && (step == "answered" || step == "released"))
      tell(id, "publisher", string_or(event.payload, "publisher"), dataset,
           {{"what", "request_" + step}, {"path", "dataset-requests/" + event.key}});
    if (kind == "report" && (step == "fixed" || step == "not_a_problem"))
      tell(id, "dataset", dataset, dataset,
           {{"what", "report_" + step}, {"path", "data-reports/" + event.key}});
    if (kind == "reuse" && step == "shown")
      tell(id, "dataset", dataset, dataset, {{"what", "reuse"}, {"path", "reuses/" + event.key}});
  }

  void tell(const std::string& event, std::string_view kind, const std::string& target,
            const std::string& dataset, const JsonObject& content) {
    if (target.empty()) return;
    events_.push_back(event);
    kinds_.emplace_back(kind);
    targets_.push_back(target);
    datasets_.push_back(dataset);
    contents_.push_back(write_json(content));
  }

  std::vector<std::string> events_, kinds_, targets_, datasets_, contents_;
};

/// Monday morning in Taiwan, after `now`.
Instant next_monday(Instant now) {
  const Date today = taiwan_date(now);
  const std::chrono::weekday weekday{std::chrono::sys_days(today)};
  const auto ahead = static_cast<int>((std::chrono::Monday - weekday).count());
  const Instant at = taiwan_midnight(add_days(today, ahead)) + hours{monday_hour};
  return at > now ? at : at + days{7};
}

}  // namespace

Result<void> Subscriptions::set_mail(store::Transaction& tx, PersonId person, bool at_once) {
  return store::enqueue(
      tx, {std::string(news_job), fmt::format("{}:{}", to_string(person), at_once ? "now" : "week"),
           JsonObject{{"person", to_string(person)}, {"at_once", at_once}},
           at_once ? common_.now() : next_monday(common_.now())});
}

Subscription subscription_of(const store::Row& row) {
  Subscription out;
  out.id = row.id<SubscriptionId>("subscription_id");
  out.subject = stored(parse_subject(row.text("kind")));
  out.target = row.text("target");
  out.at_once = row.boolean("at_once");
  out.made_at = row.instant("made_at");
  if (out.subject != Subject::search) return out;
  if (const auto json = parse_json(out.target))
    if (auto search = saved_search(*json)) out.search = std::move(*search);
  return out;
}

Result<SubscriptionId> Subscriptions::subscribe(PersonId person, const NewSubscription& wanted) {
  std::string target = wanted.target;
  if (wanted.subject == Subject::search) {
    MINBEN_CHECK(search_query(wanted.search));
    target = write_json(to_json(wanted.search));
  }
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<SubscriptionId> {
    if (wanted.subject == Subject::dataset) {
      MINBEN_TRY(id, catalogue::DatasetId::parse(target));
      MINBEN_TRY(entry, common_.parts.catalogue.find(tx, id));
      if (entry.status == catalogue::Status::draft)
        return fail(Kind::not_found, "no_such_dataset", "not published");
      target = to_string(id);
    }
    if (wanted.subject == Subject::publisher)
      MINBEN_CHECK(common_.parts.catalogue.publisher(tx, catalogue::PublisherCode{target}));
    MINBEN_CHECK(take_turn(tx, "subscription", person));
    MINBEN_TRY(counted, tx.run(count_own, person, to_string(wanted.subject), target));
    if (counted.front().integer("n") >= common_.config.most_subscriptions)
      return fail(Kind::too_many, "too_many_subscriptions", "end some of them first");
    const auto id = SubscriptionId::make(common_.parts.clock, common_.parts.random);
    MINBEN_TRY(rows, tx.run(write_subscription, id, person, to_string(wanted.subject), target,
                            wanted.at_once, common_.now()));
    MINBEN_CHECK(set_mail(tx, person, wanted.at_once));  // of what waited for the other rhythm
    return rows.front().id<SubscriptionId>("subscription_id");
  });
}

Result<void> Subscriptions::end(PersonId person, SubscriptionId id) {
  MINBEN_TRY(ended, common_.parts.database.run(end_own, id, person));
  if (ended.affected() == 1) return {};
  return fail(Kind::not_found, "no_such_subscription", "none of this person");
}

Result<std::vector<Subscription>> Subscriptions::of_person(PersonId person) {
  MINBEN_TRY(rows, common_.parts.database.run(find_own, person));
  std::vector<Subscription> out;
  for (const store::Row row : rows) out.push_back(subscription_of(row));
  return out;
}

Result<std::optional<Subscription>> Subscriptions::of_person(PersonId person, Subject subject,
                                                             std::string_view target) {
  MINBEN_TRY(rows, common_.parts.database.run(find_target, person, to_string(subject), target));
  if (rows.empty()) return std::nullopt;
  return subscription_of(rows.front());
}

Result<std::int64_t> Subscriptions::count(Subject subject, std::string_view target) {
  MINBEN_TRY(rows, common_.parts.database.run(count_followers, to_string(subject), target));
  return rows.front().integer("n");
}

std::string Subscriptions::token(SubscriptionId id) const {
  return base64url_encode(
      common_.parts.identity.vault().lookup("voices.unsubscribe", to_string(id)));
}

Result<Subscription> Subscriptions::by_token(SubscriptionId id, std::string_view given) {
  if (!equal_in_constant_time(token(id), given))
    return fail(Kind::not_found, "no_such_subscription", "not its token");
  MINBEN_TRY(rows, common_.parts.database.run(find_one, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_subscription", "it has ended");
  return subscription_of(rows.front());
}

Result<void> Subscriptions::end_by_token(SubscriptionId id, std::string_view given) {
  if (!equal_in_constant_time(token(id), given))
    return fail(Kind::not_found, "no_such_subscription", "not its token");
  MINBEN_CHECK(common_.parts.database.run(end_one, id));
  return {};
}

Result<void> Subscriptions::end_all(store::Transaction& tx, PersonId person) {
  MINBEN_CHECK(tx.run(end_of_person, person));
  return {};
}

Result<void> Subscriptions::take(store::Transaction& tx, std::span<const store::Event> events) {
  Batch batch;
  for (const store::Event& event : events) batch.add(event);
  if (batch.empty()) return {};
  MINBEN_TRY(people, batch.write(tx, common_.now()));
  for (const store::Row row : people)
    MINBEN_CHECK(set_mail(tx, row.id<PersonId>("person_id"), row.boolean("at_once")));
  return {};
}

}  // namespace minben::voices
