// Politeness and bounds: pauses, patience, and how much of a source is read at most.
#include <fmt/format.h>

#include "reader.hpp"

namespace minben::harvest {

namespace {
constexpr std::uint64_t largest_page = 64u << 20;
constexpr std::uint64_t largest_file = 1u << 30;
}  // namespace

Result<net::Fetch> Asking::prepared(const std::string& url, std::string_view accept) {
  const Source& source = parts_.source;
  if (counts_.requests >= source.max_requests)
    return fail(Kind::too_large, "too_many_requests_needed",
                fmt::format("more than {} of one run", source.max_requests), url);
  if (counts_.bytes >= source.max_bytes)
    return fail(Kind::too_large, "too_many_bytes",
                fmt::format("more than {} bytes of one run", source.max_bytes), url);
  if (asked_) parts_.pause(source.pause_ms);
  asked_ = true;
  if (parts_.cancelled()) return fail(Kind::unavailable, "cancelled");
  ++counts_.requests;
  retry_after_ = seconds{0};
  net::Fetch fetch;
  fetch.url = url;
  fetch.headers.set("Accept", accept);
  if (!parts_.key.empty()) fetch.headers.set("Authorization", parts_.key);
  fetch.timeout_ms = source.request_timeout_ms;
  fetch.stall_timeout_ms = std::min(parts_.config.stall_timeout_ms, source.request_timeout_ms);
  fetch.cancelled = parts_.cancelled;
  return fetch;
}

Result<void> Asking::judge(int status, const net::Headers& headers, std::span<const int> bear) {
  if (status < 400 || std::ranges::find(bear, status) != bear.end()) return {};
  retry_after_ = net::read_retry_after(headers.get("Retry-After"), parts_.now);
  const Kind kind = status == 429                    ? Kind::too_many
                    : status >= 500 || status == 408 ? Kind::unavailable
                    : status == 404 || status == 410 ? Kind::not_found
                    : status == 401 || status == 403 ? Kind::forbidden
                                                     : Kind::invalid;
  return fail(kind, fmt::format("http_{}", status), "the source answered so");
}

Result<Asking::Answer> Asking::get(const std::string& url, std::string_view accept,
                                   std::span<const int> bear) {
  MINBEN_TRY(fetch, prepared(url, accept));
  fetch.max_bytes = std::min<std::uint64_t>(
      largest_page, static_cast<std::uint64_t>(parts_.source.max_bytes - counts_.bytes));
  MINBEN_TRY(got, parts_.fetcher.text(fetch));
  counts_.bytes += static_cast<std::int64_t>(got.second.size());
  MINBEN_CHECK(judge(got.first.status, got.first.headers, bear));
  return Answer{got.first.status, std::move(got.first.headers), std::move(got.first.url),
                std::move(got.second)};
}

Result<Asking::Answer> Asking::get_file(const std::string& url, const std::filesystem::path& to) {
  MINBEN_TRY(fetch, prepared(url, "*/*"));
  fetch.max_bytes = std::min<std::uint64_t>(
      largest_file, static_cast<std::uint64_t>(parts_.source.max_bytes - counts_.bytes));
  MINBEN_TRY(got, parts_.fetcher.file(fetch, to));
  counts_.bytes += static_cast<std::int64_t>(got.bytes);
  MINBEN_CHECK(judge(got.status, got.headers, {}));
  return Answer{got.status, std::move(got.headers), std::move(got.url), {}};
}

Result<Batch> Reader::show(std::span<const std::string>) {
  return fail(Kind::internal, "nothing_waits", "this kind of source shows everything at once");
}

}  // namespace minben::harvest
