#include "metrics.hpp"

#include <sstream>

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

namespace minben::gateway {

namespace {

const prometheus::Histogram::BucketBoundaries& second_buckets() {
  static const prometheus::Histogram::BucketBoundaries bounds{
      0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return bounds;
}

const prometheus::Histogram::BucketBoundaries& byte_buckets() {
  static const prometheus::Histogram::BucketBoundaries bounds{
      0, 256, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 20, 1 << 24, 1 << 28, 1 << 30};
  return bounds;
}

std::string_view name_of(Role side) { return side == Role::asked ? "asked" : "served"; }

std::string class_of(int status) {
  return status >= 100 && status < 600 ? fmt::format("{}xx", status / 100) : "none";
}

/// The other gateway may call an error what it likes.
std::string_view safe(std::string_view code) {
  const bool is_code = code.size() <= 40 && std::ranges::all_of(code, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                       });
  return is_code ? code : "other";
}

double seconds_between(Instant from, Instant to) {
  return std::chrono::duration<double>(std::max(to - from, microseconds(0))).count();
}

template <class Builder>
auto& family(Builder builder, const char* name, const char* help, prometheus::Registry& registry) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

Metrics::Metrics()
    : exchanges_(family(prometheus::BuildCounter(), "minben_exchanges_total",
                        "Exchanges that ended, by side, service, status class and error code",
                        registry_)),
      whole_(family(prometheus::BuildHistogram(), "minben_exchange_seconds",
                    "From a request's arrival until its answer may leave", registry_)),
      other_end_(family(prometheus::BuildHistogram(), "minben_exchange_other_end_seconds",
                        "From passing a request on until the answer began: the register's part on "
                        "the served side, the provider's gateway's on the asked one",
                        registry_)),
      journal_(family(prometheus::BuildHistogram(), "minben_journal_seconds",
                      "Until an exchange was durable", registry_)),
      sizes_(family(prometheus::BuildHistogram(), "minben_exchange_bytes",
                    "Sizes of the bodies of requests and responses", registry_)),
      asked_(make_side("asked")),
      served_(make_side("served")),
      durable_(journal_.Add({}, second_buckets())) {}

Metrics::Side Metrics::make_side(std::string_view name) {
  const std::string side(name);
  return {whole_.Add({{"side", side}}, second_buckets()),
          other_end_.Add({{"side", side}}, second_buckets()),
          sizes_.Add({{"side", side}, {"of", "request"}}, byte_buckets()),
          sizes_.Add({{"side", side}, {"of", "response"}}, byte_buckets())};
}

prometheus::Counter& Metrics::counter(Counters& known, Role side, std::string_view service,
                                      int status, std::string_view code) {
  const std::string key =
      fmt::format("{} {} {} {}", name_of(side), service, class_of(status), code);
  if (const auto found = known.find(key); found != known.end()) return *found->second;
  if (known.size() >= max_series && service != "other")
    return counter(known, side, "other", status, code.empty() ? "" : "other");
  prometheus::Counter& made = exchanges_.Add({{"side", std::string(name_of(side))},
                                              {"service", std::string(service)},
                                              {"status", class_of(status)},
                                              {"error", std::string(code)}});
  known.emplace(key, &made);
  return made;
}

void Metrics::recorded(const ExchangeRecord& record, const Result<void>& outcome, Instant now) {
  const std::string_view code = safe(outcome ? record.error : outcome.error().code);
  // Anybody may ask for services that do not exist.
  const std::string service = code == "unknown_service" ? "" : to_string(record.service);
  counter(recorded_, record.role, service, outcome ? record.status : 503, code).Increment();
  Side& side = record.role == Role::asked ? asked_ : served_;
  side.whole.Observe(seconds_between(record.received_at, now));
  if (record.answered_at != Instant{})
    side.other_end.Observe(seconds_between(record.forwarded_at, record.answered_at));
  side.request_bytes.Observe(static_cast<double>(record.request_size));
  side.response_bytes.Observe(static_cast<double>(record.response_size));
  durable_.Observe(seconds_between(record.completed_at, now));
}

void Metrics::refused(Role side, std::string_view code, int status) {
  const std::lock_guard lock(mutex_);
  counter(refused_, side, "", status, safe(code)).Increment();
}

std::vector<Denials> Metrics::denials() const {
  std::map<std::pair<bool, std::string>, double> sums;
  for (const auto& family : exchanges_.Collect())
    for (const prometheus::ClientMetric& metric : family.metric) {
      const auto label = [&](std::string_view name) {
        const auto found =
            std::ranges::find(metric.label, name, &prometheus::ClientMetric::Label::name);
        return found == metric.label.end() ? std::string() : found->value;
      };
      if (std::string code = label("error"); !code.empty())
        sums[{label("side") == name_of(Role::asked), std::move(code)}] += metric.counter.value;
    }
  std::vector<Denials> out;
  for (const auto& [key, sum] : sums)
    out.push_back({key.first, key.second, static_cast<std::uint64_t>(sum)});
  std::ranges::sort(out, std::greater{},
                    [](const Denials& of) { return std::tuple(of.count, of.asked, of.code); });
  return out;
}

std::string Metrics::text(std::vector<prometheus::MetricFamily> present) const {
  auto families = registry_.Collect();
  std::ranges::move(present, std::back_inserter(families));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace minben::gateway
