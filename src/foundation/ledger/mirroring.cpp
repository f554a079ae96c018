#include "ledger/mirroring.hpp"

#include <atomic>
#include <thread>

#include "asking.hpp"
#include "gzip.hpp"
#include "ledger/add_entries.hpp"
#include "remote_tiles.hpp"

namespace minben::ledger {

namespace {

constexpr int conflicts = 3;  ///< of add-checkpoint in a row

std::vector<PackageRange> ranges_from(std::uint64_t start, std::uint64_t end, std::uint64_t most) {
  std::vector<PackageRange> ranges;
  while (start < end && ranges.size() < most) {
    ranges.push_back(package_from(start, end));
    start = ranges.back().end;
  }
  return ranges;
}

struct Bundle {
  int width = 0;
  Bytes bytes;
};

/// As many at once as the source likes.
std::vector<Result<Bundle>> read_bundles(const Source& source, std::uint64_t size,
                                         std::span<const PackageRange> ranges) {
  std::vector<Result<Bundle>> bundles(ranges.size());
  const auto read = [&](const PackageRange& range) -> Result<Bundle> {
    Tile tile = tile_of(size, entries_level, range.subtree);
    const std::string path = tile_path(tile);
    MINBEN_TRY(bytes, read_tile([&](const std::string& name) { return source.read(name); }, tile));
    if (!bytes) return fail(Kind::not_found, "missing_file", "no such bundle", path);
    return Bundle{tile.width, std::move(*bytes)};
  };
  std::atomic<std::size_t> next = 0;
  const auto count = std::min(ranges.size(), static_cast<std::size_t>(source.readers()));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&] {
      for (std::size_t at; (at = next++) < ranges.size();) bundles[at] = read(ranges[at]);
    });
  threads.clear();
  return bundles;
}

}  // namespace

struct Mirroring::Impl {
  Impl(const Source& from, NoteVerifier of, To to, const net::ClientConfig& config,
       const MirroringLimits& bounds)
      : source(from), log(std::move(of)), mirror(std::move(to)), limits(bounds), client(config) {
    while (mirror.url.ends_with('/')) mirror.url.pop_back();
  }

  const Source& source;
  const NoteVerifier log;
  To mirror;
  const MirroringLimits limits;
  net::Client client;
  std::uint64_t pending_size = 0;  ///< what the mirror knows of the log, as far as we know
  std::uint64_t sent = 0;          ///< entries, since push() began

  struct Newest {
    std::string note;
    std::string text;  ///< what is signed
    Checkpoint checkpoint;
  };
  /// Where the next request starts, and what it brings along.
  struct Position {
    std::uint64_t start = 0;
    Bytes ticket{};
  };
  struct Request {
    std::string body;
    std::uint64_t entries = 0;
  };

  Result<Newest> newest() const;
  Result<void> add_checkpoint(const Newest& now);
  Result<std::optional<MirroredLog>> upload(const Newest& now);
  Result<MirroredLog> cosigned(const Newest& now, std::string_view lines) const;
  Result<Request> request_at(const Newest& now, const Position& at) const;
  Result<void> append(Request& request, RemoteTiles& tiles, std::uint64_t size,
                      const PackageRange& range, const Bundle& bundle) const;
  Result<net::ClientResponse> send(const net::ClientRequest& request);
};

Result<Mirroring::Impl::Newest> Mirroring::Impl::newest() const {
  MINBEN_TRY(bytes, source.read("checkpoint"));
  if (!bytes) return fail(Kind::not_found, "missing_file", "no checkpoint", "checkpoint");
  Newest now{std::string(as_text(*bytes)), {}, {}};
  MINBEN_TRY(checkpoint, open_checkpoint(now.note, log));
  MINBEN_TRY(note, parse_note(now.note));
  now.text = std::move(note.text);
  now.checkpoint = std::move(checkpoint);
  return now;
}

Result<void> Mirroring::Impl::add_checkpoint(const Newest& now) {
  RemoteTiles tiles(source, now.checkpoint.size);
  const auto proof = [&](std::uint64_t from) {
    return consistency_proof(from, now.checkpoint.size, tiles.subtrees());
  };
  MINBEN_CHECK(submit_checkpoint(client, mirror.url, {now.note, now.checkpoint.size}, pending_size,
                                 conflicts, proof));
  return {};
}

/// The entries of a range out of their bundle, and the proof that they belong to the tree.
Result<void> Mirroring::Impl::append(Request& request, RemoteTiles& tiles, std::uint64_t size,
                                     const PackageRange& range, const Bundle& bundle) const {
  const auto found = bundle_entries(bundle.bytes, static_cast<std::size_t>(bundle.width));
  if (!found) {
    const Tile tile{entries_level, range.subtree / tile_width, bundle.width};
    return fail(Kind::invalid, "wrong_bundle", found.error().detail, tile_path(tile));
  }
  MINBEN_TRY(proof, subtree_consistency_proof(range.subtree, range.end, size, tiles.subtrees()));
  const auto entries =
      std::span(*found).subspan(range.start - range.subtree, range.end - range.start);
  append_package(request.body, entries, proof);
  request.entries += entries.size();
  return {};
}

Result<Mirroring::Impl::Request> Mirroring::Impl::request_at(const Newest& now,
                                                             const Position& at) const {
  const std::uint64_t size = now.checkpoint.size;
  Request request{write_add_entries({now.checkpoint.origin, at.start, size, at.ticket}), 0};
  RemoteTiles tiles(source, size);
  const auto ranges = ranges_from(at.start, size, limits.packages);
  const auto at_once = static_cast<std::size_t>(source.readers());
  for (std::span<const PackageRange> rest = ranges; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), at_once));
    const auto bundles = read_bundles(source, size, some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      MINBEN_CHECK(bundles[i]);
      if (request.entries > 0 &&
          request.body.size() + bundles[i]->bytes.size() > limits.request_bytes)
        return request;
      MINBEN_CHECK(append(request, tiles, size, some[i], *bundles[i]));
    }
    rest = rest.subspan(some.size());
  }
  return request;
}

/// What is sent again is what the mirror has already: it keeps an entry once.
Result<net::ClientResponse> Mirroring::Impl::send(const net::ClientRequest& request) {
  milliseconds pause = limits.pause_ms;
  for (int left = limits.tries;; --left) {
    auto response = client.send(request);
    const bool busy = response && (response->status == 429 || response->status >= 500);
    const bool broken = !response && response.error().kind == Kind::unavailable;
    if ((!busy && !broken) || left <= 1) return response;
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

Result<MirroredLog> Mirroring::Impl::cosigned(const Newest& now, std::string_view lines) const {
  MINBEN_TRY(line, cosignature_in(lines, mirror.key, now.text));
  const auto at = mirror.key.verify(now.text, line.signature);
  MINBEN_ASSERT(at.has_value());  // cosignature_in has verified it
  return MirroredLog{now.checkpoint, *at, sent};
}

/// Nothing: the mirror wants another checkpoint meanwhile.
Result<std::optional<MirroredLog>> Mirroring::Impl::upload(const Newest& now) {
  const std::uint64_t size = now.checkpoint.size;
  Position at{size};  // asks where the mirror is, unless it has everything
  std::uint64_t furthest = 0;
  for (int idle = 0; idle <= limits.idle_requests;) {
    MINBEN_TRY(request, request_at(now, at));
    net::ClientRequest post{.method = net::Method::post, .url = mirror.url + "/add-entries"};
    post.headers.add("Content-Type", "application/octet-stream");
    post.body = gzip(request.body);
    if (post.body.size() < request.body.size()) post.headers.add("Content-Encoding", "gzip");
    else post.body = std::move(request.body);
    MINBEN_TRY(response, send(post));
    if (response.status == 200) {
      sent += request.entries;
      return cosigned(now, response.body);
    }
    if (response.status != 202 && response.status != 409) return refused_by_witness(response);
    MINBEN_TRY(info, parse_mirror_info(response.body));
    if (info.size != size) return std::nullopt;
    if (info.next > at.start) sent += std::min(info.next - at.start, request.entries);
    idle = info.next > furthest ? 0 : idle + 1;
    furthest = std::max(furthest, info.next);
    at = {std::min(info.next, size), std::move(info.ticket)};
  }
  return fail(Kind::conflict, "mirror_stands_still", "it answers, and takes nothing", mirror.url);
}

Result<MirroredLog> Mirroring::push() {
  impl_->sent = 0;
  for (int moved = 0; moved <= impl_->limits.idle_requests; ++moved) {
    MINBEN_TRY(now, impl_->newest());
    MINBEN_CHECK(impl_->add_checkpoint(now));
    MINBEN_TRY(done, impl_->upload(now));
    if (done) return std::move(*done);
  }
  return fail(Kind::conflict, "witness_is_ahead", "others bring it newer checkpoints",
              impl_->mirror.url);
}

Mirroring::Mirroring(const Source& source, NoteVerifier log, To mirror,
                     const net::ClientConfig& client, const MirroringLimits& limits)
    : impl_(std::make_unique<Impl>(source, std::move(log), std::move(mirror), client, limits)) {}
Mirroring::~Mirroring() = default;

}  // namespace minben::ledger
