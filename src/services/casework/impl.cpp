#include <spdlog/spdlog.h>

#include "impl.hpp"
#include "ledger/ledger.hpp"

namespace minben::casework {

Casework::Impl::Impl(const Parts& given, Config options)
    : parts(given),
      config(std::move(options)),
      process_calendar(parts.calendar),
      processes(parts.clock, {.calendar = &process_calendar, .observer = this}),
      batches(processes, parts.clock, parts.random) {
  processes.on_topic("payment", [this](Transaction& tx, const process::ServiceCall& call) {
    return payment_step(tx, call);
  });
  processes.on_topic("fetch", [this](Transaction& tx, const process::ServiceCall& call) {
    return fetch_step(tx, call);
  });
  parts.payments.on_change([this](Transaction& tx, const payments::Payment& payment) {
    return on_payment(tx, payment);
  });
}

Casework::Casework(const Parts& parts, Config config)
    : impl_(std::make_unique<Impl>(parts, std::move(config))) {}
Casework::~Casework() = default;

const Packages& Casework::packages() const { return impl_->parts.packages; }
const Calendar& Casework::calendar() const { return impl_->parts.calendar; }

process::Processes& Casework::processes() { return impl_->processes; }
void Casework::observe_others(process::Observer& observer) { impl_->others = &observer; }
process::Batches& Casework::batches() { return impl_->batches; }

void Casework::work_in(store::Workers& workers, identity::Mailer mailer) {
  impl_->mailer = std::move(mailer);
  impl_->processes.attach(workers);
  impl_->batches.attach(workers);
  impl_->register_jobs(workers);
  if (const auto followed = follow_calendar(); !followed)
    spdlog::error("casework.calendar cause={}", followed.error().code);
}

Result<void> Casework::follow_calendar() { return impl_->follow_calendar(); }

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> all;
  for (const auto room : {store::migrations(), keys::migrations(), ledger::migrations(),
                          identity::migrations(), process::migrations(), mydata::migrations(),
                          payments::migrations(), documents::migrations(), migrations()})
    all.insert(all.end(), room.begin(), room.end());
  return all;
}

}  // namespace minben::casework
