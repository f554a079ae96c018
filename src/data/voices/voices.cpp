// The room as a whole: its parts, jobs, and what it follows.
#include "voices/voices.hpp"

#include <spdlog/spdlog.h>

#include "news.hpp"
#include "quality/quality.hpp"
#include "report_rows.hpp"
#include "request_rows.hpp"
#include "voices/opinions.hpp"
#include "voices/showcase.hpp"

namespace minben::voices {

namespace {

constexpr std::string_view links_job = "voices.links", searches_job = "voices.searches",
                           late_job = "voices.late";
constexpr hours links_every{1};
constexpr hours late_every{24};

/// A job that sets itself again.
Result<void> set_again(store::Transaction& tx, std::string_view kind, Instant at) {
  return store::enqueue(tx, {std::string(kind), "again", JsonObject{}, at});
}

}  // namespace

struct Voices::Impl {
  Common common;
  Requests requests{common};
  Reports reports{common};
  Opinions opinions{common};
  Showcase showcase{common};
  Subscriptions subscriptions{common};
  identity::Mailer mailer{};
  const catalogue::Index* index = nullptr;
  LinkCheck check{};
  store::Subscriber subscriber{
      common.parts.database,
      "voices",
      {std::string(catalogue::topic), std::string(topic), std::string(quality::topic)},
      [this](store::Transaction& tx, std::span<const store::Event> events) {
        return subscriptions.take(tx, events);
      }};

  Impl(const Parts& parts, Config config) : common(parts, std::move(config)) {}

  Result<void> search(store::Transaction& tx) {
    MINBEN_CHECK(set_again(tx, searches_job, common.now() + common.config.search_every));
    if (index) MINBEN_CHECK(subscriptions.search(tx, *index));
    return {};
  }
  Result<void> queue_links(store::Transaction& tx) {
    MINBEN_CHECK(set_again(tx, links_job, common.now() + links_every));
    if (check) MINBEN_CHECK(showcase.queue_links(tx));
    return {};
  }
  Result<void> find_late(store::Transaction& tx) {
    MINBEN_CHECK(set_again(tx, late_job, common.now() + late_every));
    MINBEN_CHECK(subscriptions.find_late(tx));
    return {};
  }
  Result<void> check_link(store::Transaction& tx, const store::Job& job) {
    MINBEN_TRY(id, ReuseId::parse(job.key));
    if (!check) return {};
    return showcase.check_link(tx, id, check);
  }
};

Voices::Voices(const Parts& parts, Config config)
    : impl_(std::make_unique<Impl>(parts, std::move(config))) {}
Voices::~Voices() = default;

const Config& Voices::config() const { return impl_->common.config; }
Requests& Voices::requests() { return impl_->requests; }
Reports& Voices::reports() { return impl_->reports; }
Opinions& Voices::opinions() { return impl_->opinions; }
Showcase& Voices::showcase() { return impl_->showcase; }
Subscriptions& Voices::subscriptions() { return impl_->subscriptions; }

void Voices::work_in(store::Workers& workers, identity::Mailer mailer,
                     const catalogue::Index* index, LinkCheck check) {
  impl_->mailer = std::move(mailer);
  impl_->index = index;
  impl_->check = std::move(check);
  const auto on = [&](std::string_view kind, auto handler) {
    workers.on(std::string(kind),
               [impl = impl_.get(), handler](store::Transaction& tx, const store::Job& job) {
                 return handler(*impl, tx, job);
               });
  };
  using store::Job;
  using store::Transaction;
  on(request_clock_job, [](Impl& impl, Transaction& tx, const Job& job) {
    return impl.requests.clock_struck(tx, job);
  });
  on(report_clock_job, [](Impl& impl, Transaction& tx, const Job& job) {
    return impl.reports.clock_struck(tx, job);
  });
  on(mail_job, [](Impl& impl, Transaction& tx, const Job& job) {
    return impl.common.send_mail(tx, impl.mailer, job);
  });
  on(news_job, [](Impl& impl, Transaction& tx, const Job& job) {
    return impl.subscriptions.send(tx, impl.mailer, job);
  });
  on(link_job,
     [](Impl& impl, Transaction& tx, const Job& job) { return impl.check_link(tx, job); });
  on(links_job, [](Impl& impl, Transaction& tx, const Job&) { return impl.queue_links(tx); });
  on(searches_job, [](Impl& impl, Transaction& tx, const Job&) { return impl.search(tx); });
  on(late_job, [](Impl& impl, Transaction& tx, const Job&) { return impl.find_late(tx); });
}

/// A job that waits already is replaced: it runs at once, and from then on in its rhythm.
Result<void> Voices::start() {
  impl_->subscriber.start();
  return impl_->common.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    for (const std::string_view kind : {links_job, searches_job, late_job})
      MINBEN_CHECK(set_again(tx, kind, impl_->common.now()));
    return {};
  });
}

Result<int> Voices::follow() { return impl_->subscriber.run_once(); }

Result<void> Voices::account_ended(store::Transaction& tx, PersonId person) {
  return impl_->subscriptions.end_all(tx, person);
}

}  // namespace minben::voices
