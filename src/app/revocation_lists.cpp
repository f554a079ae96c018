#include "revocation_lists.hpp"

#include <condition_variable>
#include <mutex>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace minben::app {

namespace {

constexpr seconds list_every = hours(1), again_after = minutes(1);
constexpr milliseconds list_patience{120'000};

net::ClientConfig client_config() {
  net::ClientConfig config;
  config.timeout_ms = list_patience;
  config.max_response_bytes = trust::max_indexed_list;
  return config;
}

}  // namespace

RevocationLists::RevocationLists(const Clock& clock) : clock_(clock), client_(client_config()) {}
RevocationLists::~RevocationLists() = default;

Result<std::unique_ptr<RevocationLists>> RevocationLists::open(
    std::vector<ListedAuthority> authorities, const Clock& clock) {
  std::unique_ptr<RevocationLists> made(new RevocationLists(clock));
  for (ListedAuthority& each : authorities) {
    MINBEN_TRY(issuer, trust::authority_from_pem(each.certificate));
    MINBEN_TRY(list, trust::KeptList::open(each.file, issuer));
    made->kept_.push_back({std::move(issuer), std::move(each.url), std::move(list)});
  }
  return made;
}

std::shared_ptr<const trust::RevocationIndex> RevocationLists::of(
    const trust::Certificate& issuer) const {
  for (const Kept& each : kept_)
    if (each.issuer.der == issuer.der) return each.list->current();
  return nullptr;
}

/// All of them, also after one that fails.
Result<void> RevocationLists::fetch() {
  Result<void> outcome;
  for (const Kept& each : kept_) {
    if (each.url.empty()) continue;
    const auto response = client_.send({.method = net::Method::get, .url = each.url});
    Result<void> done;
    if (!response) done = fail(response.error());
    else if (response->status != 200)
      done = fail(Kind::unavailable, "authority_failed",
                  fmt::format("it answered {}", response->status), each.url);
    else
      done = each.list->replace(Bytes(response->body.begin(), response->body.end()), clock_.now());
    if (!done) outcome = done;
  }
  return outcome;
}

void RevocationLists::keep_fetching(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    const auto fetched = fetch();
    if (!fetched)
      spdlog::warn("no newer list of revoked certificates: {}", describe(fetched.error()));
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, fetched ? list_every : again_after, [] { return false; });
  }
}

void RevocationLists::start() {
  const bool any = std::ranges::any_of(kept_, [](const Kept& each) { return !each.url.empty(); });
  if (!any || fetching_.joinable()) return;
  fetching_ = std::jthread([this](const std::stop_token& stop) { keep_fetching(stop); });
}

}  // namespace minben::app
