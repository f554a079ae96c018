#include "gauges.hpp"

#include <unistd.h>

#include "files.hpp"

namespace minben::gateway {

namespace {

constexpr std::size_t max_peers = 500;  ///< whose certificates are told

using Labels = std::vector<prometheus::ClientMetric::Label>;

class Families {
 public:
  /// The samples that follow belong to it.
  void begin(std::string name, std::string help,
             prometheus::MetricType type = prometheus::MetricType::Gauge) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }
  void add(double value, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = metric.counter.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void one(std::string name, std::string help, double value,
           prometheus::MetricType type = prometheus::MetricType::Gauge) {
    begin(std::move(name), std::move(help), type);
    add(value);
  }
  std::vector<prometheus::MetricFamily> take() && { return std::move(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

double number(std::integral auto value) { return static_cast<double>(value); }

double seconds_until(Instant at, Instant now) {
  return std::chrono::duration<double>(at - now).count();
}

double days_until(Instant at, Instant now) { return seconds_until(at, now) / 86400; }

std::optional<Instant> end_of(const std::filesystem::path& certificate) {
  const auto read = read_certificate_file(certificate);
  if (!read) return std::nullopt;
  const auto info = trust::read_certificate(read->der);
  return info ? std::optional(info->not_after) : std::nullopt;
}

void add_certificates(Families& out, const Parts& parts, const View& view, Instant now) {
  out.begin("minben_certificate_days_left", "Until a certificate expires");
  for (const CertificateEnd& end : certificate_ends(parts.config, view))
    out.add(days_until(end.at, now), {{"member", end.member.value}, {"use", end.use}});
}

void add_exchange(Families& out, const Parts& parts, const Delivery& delivery) {
  using prometheus::MetricType;
  const Journal& journal = parts.journal;
  out.one("minben_journal_queued", "Exchanges that wait to be made durable",
          number(journal.queued()));
  out.one("minben_journal_unfiled", "Durable, and not yet in ledger and message log",
          number(journal.unfiled()));
  out.one("minben_journal_batches_total", "Writes of the journal", number(journal.batches()),
          MetricType::Counter);
  out.one("minben_journal_busy_total", "Exchanges that the journal did not take",
          number(journal.turned_away()), MetricType::Counter);
  out.one("minben_ledger_entries", "Of the newest log of the ledger", number(journal.log().size()));
  out.one("minben_uses_waiting", "Uses of personal data to be told to the platform",
          number(journal.waiting()));
  out.one("minben_uses_delivered_total", "Uses that the platform took",
          number(delivery.delivered()), MetricType::Counter);
  out.one("minben_uses_refused_total", "Uses that the platform refused", number(delivery.refused()),
          MetricType::Counter);
}

void add_timestamps(Families& out, const Stamping& stamping) {
  using prometheus::MetricType;
  const auto state = stamping.state();
  if (!state.wanted) return;
  out.one("minben_timestamp_waiting_seconds", "Since exchanges have waited for a timestamp",
          number(state.waiting_s));
  out.one("minben_timestamps_total", "Of the ledger, by an authority", number(state.stamps),
          MetricType::Counter);
  out.one("minben_timestamp_failures_total", "Times that no authority gave one",
          number(state.failures), MetricType::Counter);
}

void add_events(Families& out, const MessagingFigures& figures) {
  using prometheus::MetricType;
  out.begin("minben_events", "Events that are kept: to be fetched, for own systems, dead");
  out.add(number(figures.outbox.events), {{"state", "published"}});
  out.add(number(figures.inbox.waiting), {{"state", "arrived"}});
  out.add(number(figures.inbox.dead), {{"state", "dead"}});
  out.begin("minben_events_bytes", "Of them");
  out.add(number(figures.outbox.bytes), {{"side", "published"}});
  out.add(number(figures.inbox.bytes), {{"side", "arrived"}});
  out.one("minben_subscriptions", "Of own systems", number(figures.inbox.subscriptions));
  const std::array<std::pair<std::string_view, std::uint64_t>, 7> counted{
      {{"published", figures.outbox.published},
       {"turned_away", figures.outbox.turned_away},
       {"expired", figures.outbox.expired},
       {"fetched", figures.fetched},
       {"posted", figures.posted},
       {"pieces", figures.pieces},
       {"fetch_failed", figures.failures}}};
  out.begin("minben_events_total", "What happened to events since the start", MetricType::Counter);
  for (const auto& [what, count] : counted) out.add(number(count), {{"what", std::string(what)}});
  out.begin("minben_files", "Large files: from own systems, and for them");
  out.add(number(figures.files.sent), {{"side", "sent"}});
  out.add(number(figures.files.arrived), {{"side", "arrived"}});
  out.one("minben_files_bytes", "That they may need together", number(figures.files.bytes));
  out.one("minben_events_missed", "By own systems: they expired before they were fetched",
          number(figures.inbox.missed));
}

void add_bodies(Families& out, const Bodies& bodies) {
  using prometheus::MetricType;
  const auto state = bodies.state();
  if (!state.wanted) return;
  out.one("minben_bodies_bytes", "Of bodies that are kept, sealed", number(state.bytes));
  out.one("minben_bodies_kept_total", "Bodies that were kept", number(state.kept),
          MetricType::Counter);
  out.one("minben_bodies_left_out_total", "Bodies that were too long, or had no room",
          number(state.left_out), MetricType::Counter);
}

/// Under the names that Prometheus' own libraries give them.
void add_process(Families& out) {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  out.one("process_resident_memory_bytes", "Resident memory of the process",
          number(resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))));
  std::error_code error;
  std::size_t open = 0;
  for (std::filesystem::directory_iterator each("/proc/self/fd", error), end; !error && each != end;
       each.increment(error))
    ++open;
  out.one("process_open_fds", "Open files and connections of the process", number(open));
}

}  // namespace

std::vector<CertificateEnd> certificate_ends(const GatewayConfig& config, const View& view) {
  std::vector<CertificateEnd> out;
  if (const auto end = end_of(config.tls_certificate))
    out.push_back({config.member, true, "tls", *end});
  if (const auto end = end_of(config.seal_certificate))
    out.push_back({config.member, true, "seal", *end});
  std::size_t told = 0;
  for (const auto& [member, signers] : view.signers) {
    if (member == config.member.value || ++told > max_peers) continue;
    const auto newest = std::ranges::max(signers, {}, &Signer::not_after).not_after;
    out.push_back({AgencyCode{member}, false, "seal", newest});
  }
  return out;
}

std::vector<prometheus::MetricFamily> measure(const Parts& parts, const Delivery& delivery,
                                              const MessagingFigures& messaging) {
  Families out;
  const Instant now = parts.clock.now();
  const auto view = parts.directory.view();
  out.one("minben_configuration_version", "Of the signed configuration in use",
          number(view->configuration.version));
  out.one("minben_configuration_expires_seconds", "Until it has run out",
          seconds_until(view->configuration.expires_at, now));
  add_certificates(out, parts, *view, now);
  add_exchange(out, parts, delivery);
  add_timestamps(out, parts.stamping);
  add_events(out, messaging);
  add_bodies(out, parts.bodies);
  out.one("minben_peer_channels", "Open channels of other gateways", parts.metrics.channels);
  add_process(out);
  return std::move(out).take();
}

}  // namespace minben::gateway
