#include "ledger/mirror.hpp"

#include <spdlog/spdlog.h>

#include "mirrored_copy.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t ticket_key_bytes = 32;
/// Unpacked, of one request; more of it is answered with 202.
constexpr std::uint64_t most_at_once = 64u << 20;
/// So far below the next entry may a request start: what a client sends again whose answer was
/// lost.
constexpr std::uint64_t furthest_below = 32 * tile_width;
constexpr milliseconds patience{5000};

Mirror::Answer refuse(int status, Error error) {
  return {.status = status, .error = std::move(error)};
}
Mirror::Answer refuse(int status, Kind kind, std::string_view code, std::string_view detail) {
  return refuse(status, {kind, std::string(code), std::string(detail), {}, 0, 0});
}
/// Ours, not the client's.
Mirror::Answer out_of_order(const Error& error) {
  spdlog::error("mirror: {}", describe(error));
  return refuse(net::http_status(error.kind), error);
}

}  // namespace

struct Mirror::Pending {
  Note note;
  Checkpoint checkpoint;
};

struct Mirror::Copy {
  explicit Copy(MirroredCopy loaded) : content(std::move(loaded)) { show_readers(); }
  /// What readers may see of it; they wait for no upload.
  void show_readers() {
    const std::lock_guard guard(mutex);
    next = content.next();
    checkpoint = content.shown();
  }
  std::timed_mutex turn;  ///< of content: one request at a time
  MirroredCopy content;
  std::mutex mutex;  ///< of what follows
  std::uint64_t next = 0;
  std::string checkpoint;
};

struct Mirror::Impl {
  Impl(Files& in, fs::path at, DirectoryLock held, MirrorParts of)
      : files(in),
        directory(std::move(at)),
        lock(std::move(held)),
        parts(std::move(of)),
        ticket_key(ticket_key_bytes) {
    parts.random.fill(ticket_key);
  }

  Files& files;
  const fs::path directory;
  const DirectoryLock lock;
  const MirrorParts parts;
  /// A new one with each process: who holds an older ticket is told to take the newest.
  Bytes ticket_key;
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Copy>, std::less<>> copies;  ///< at most the known logs

  Result<Copy*> copy_of(std::string_view origin_hash);
  Result<Copy*> existing(std::string_view origin_hash);
  [[nodiscard]] Bytes ticket_for(const std::string& note) const;
  [[nodiscard]] std::optional<Pending> open_ticket(Octets ticket, std::string_view origin) const;
};

Result<Mirror::Copy*> Mirror::Impl::copy_of(std::string_view origin_hash) {
  const std::lock_guard guard(mutex);
  auto found = copies.find(origin_hash);
  if (found == copies.end()) {
    MINBEN_TRY(content, MirroredCopy::load(files, directory / origin_hash));
    found = copies.emplace(origin_hash, std::make_unique<Copy>(std::move(content))).first;
  }
  return found->second.get();
}

/// Strangers' hashes are neither remembered nor used as paths.
Result<Mirror::Copy*> Mirror::Impl::existing(std::string_view origin_hash) {
  const auto none = [] { return fail(Kind::not_found, "no_such_log", "not mirrored here"); };
  const auto bytes = hex_decode(origin_hash);
  if (!bytes || bytes->size() != sizeof(Hash) || hex_encode(*bytes) != origin_hash) return none();
  MINBEN_TRY(there, files.exists(directory / origin_hash));
  if (!there) return none();
  return copy_of(origin_hash);
}

/// The note, authenticated: that its log has signed it does not say that it was pending here.
Bytes Mirror::Impl::ticket_for(const std::string& note) const {
  if (note.size() + sizeof(Hash) > max_ticket_bytes) return {};
  const Hash mac = hmac_sha256(ticket_key, as_bytes(note));
  Bytes ticket(mac.begin(), mac.end());
  ticket.insert(ticket.end(), note.begin(), note.end());
  return ticket;
}

std::optional<Mirror::Pending> Mirror::Impl::open_ticket(Octets ticket,
                                                         std::string_view origin) const {
  if (ticket.size() < sizeof(Hash)) return std::nullopt;
  const Octets text = ticket.subspan(sizeof(Hash));
  if (!equal_in_constant_time(hmac_sha256(ticket_key, text), ticket.first(sizeof(Hash))))
    return std::nullopt;
  auto note = parse_note(as_text(text));
  auto checkpoint = note ? parse_checkpoint(note->text) : std::unexpected(note.error());
  if (!checkpoint || checkpoint->origin != origin) return std::nullopt;
  return Pending{std::move(*note), std::move(*checkpoint)};
}

// --------------------------------------------------------------------------------- one request

/// Holds its copy's turn.
class Mirror::Upload {
 public:
  Upload(const Impl& mirror, Copy& copy, AddEntriesReader& body, AddEntriesHead head)
      : mirror_(mirror), copy_(copy), body_(body), head_(std::move(head)) {}

  Answer run() {
    if (const auto found = find_pending(); !found) return out_of_order(found.error());
    if (!target_ || head_.end < copy_.content.shown_size()) return conflict(newest_);
    const std::uint64_t next = copy_.content.next();
    if (head_.start > next || next - head_.start > furthest_below) return conflict(target_);
    const auto taken = take_packages();
    if (!taken) return out_of_order(taken.error());
    if (refusal_) return refuse(422, std::move(*refusal_));
    if (at_ == head_.end) return finish();
    if (at_ == head_.start)
      return refuse(400, Kind::invalid, "no_whole_package", "the body ends within its first one");
    return where_to_go_on(202, target_);
  }

 private:
  /// `newest_`: what the log's newest checkpoint is here; `target_`: the one of the request's end.
  Result<void> find_pending() {
    MINBEN_TRY(text, mirror_.parts.pending(head_.origin));
    if (text) {
      MINBEN_TRY(note, parse_note(*text));
      MINBEN_TRY(checkpoint, parse_checkpoint(note.text));
      newest_ = Pending{std::move(note), std::move(checkpoint)};
    }
    target_ = newest_;
    if (target_ && target_->checkpoint.size == head_.end) return {};
    target_ = mirror_.open_ticket(head_.ticket, head_.origin);
    if (target_ && target_->checkpoint.size != head_.end) target_.reset();
    return {};
  }

  [[nodiscard]] Answer where_to_go_on(int status, const std::optional<Pending>& to) const {
    Answer answer{.status = status};
    answer.info.next = copy_.content.next();
    if (!to) return answer;
    answer.info.size = to->checkpoint.size;
    answer.info.ticket = mirror_.ticket_for(write_note(to->note));
    return answer;
  }
  [[nodiscard]] Answer conflict(const std::optional<Pending>& to) const {
    return where_to_go_on(409, to);
  }

  /// As many as there are, hold, and are not too much; kept for good when this returns.
  Result<void> take_packages() {
    MINBEN_CHECK(copy_.content.begin());
    at_ = head_.start;
    while (at_ < head_.end && body_.taken() < most_at_once) {
      const PackageRange range = package_from(at_, head_.end);
      auto package = body_.package(range.end - range.start);
      if (!package) break;
      std::vector<Hash> leaves;
      for (const Bytes& entry : package->entries) leaves.push_back(leaf_hash(entry));
      MINBEN_TRY(authentic, check(range, leaves, package->proof));
      if (!authentic) break;
      for (std::size_t i = 0; i < leaves.size(); ++i)
        if (range.start + i == copy_.content.reached())  // below: it is there already
          MINBEN_CHECK(copy_.content.add(std::move(package->entries[i]), leaves[i]));
      at_ = range.end;
    }
    MINBEN_CHECK(copy_.content.keep());
    copy_.show_readers();
    copy_.content.clean();  // readers look for full tiles from now on
    return {};
  }

  /// Only the first package can lean on what is there: the others begin where their subtree does.
  Result<bool> check(const PackageRange& range, std::span<const Hash> leaves,
                     std::span<const Hash> proof) {
    MINBEN_TRY(before, copy_.content.leaves(range.subtree, range.start - range.subtree));
    Frontier subtree;
    for (const Hash& leaf : before) subtree.add(leaf);
    for (const Hash& leaf : leaves) subtree.add(leaf);
    const auto holds = check_subtree_consistency(range.subtree, range.end, head_.end, proof,
                                                 subtree.root(), target_->checkpoint.root);
    if (!holds) refusal_ = holds.error();
    return holds.has_value();
  }

  /// §Processing, the last steps: all entries are there for good.
  Answer finish() {
    Note note = target_->note;
    const NoteSignature line = mirror_.parts.cosigner.sign(note.text, mirror_.parts.clock.now());
    put_signature(note, line);
    if (const auto shown = copy_.content.show(note, target_->checkpoint); !shown)
      return out_of_order(shown.error());
    copy_.show_readers();
    return {.status = 200, .lines = write_signature_lines(std::span(&line, 1))};
  }

  const Impl& mirror_;
  Copy& copy_;
  AddEntriesReader& body_;
  const AddEntriesHead head_;
  std::optional<Pending> newest_, target_;
  std::uint64_t at_ = 0;
  std::optional<Error> refusal_;
};

Mirror::Answer Mirror::add_entries(Octets body, ContentCoding coding) {
  AddEntriesReader reader(body, coding);
  auto head = reader.head();
  if (!head) return refuse(400, head.error());
  if (impl_->parts.logs(head->origin).empty())
    return refuse(404, Kind::not_found, "unknown_log", "no log of this origin");
  const std::string origin = head->origin;
  const auto copy = impl_->copy_of(hex_encode(sha256(origin)));
  if (!copy) return out_of_order(copy.error());
  const std::unique_lock turn((*copy)->turn, std::chrono::milliseconds(patience));
  if (!turn.owns_lock())
    return refuse(503, Kind::unavailable, "mirror_busy", "others upload to this log; try again");
  Answer answer = Upload(*impl_, **copy, reader, std::move(*head)).run();
  if (answer.status == 422)  // perhaps proof of a log's misbehaviour
    spdlog::warn("mirror: refused entries of {}: {}", origin, describe(answer.error));
  return answer;
}

// --------------------------------------------------------------------------------------- face

Mirror::Mirror(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mirror::~Mirror() = default;

Result<std::unique_ptr<Mirror>> Mirror::make(std::unique_ptr<Impl> impl) {
  const std::string vkey = impl->parts.cosigner.verifier().vkey() + "\n";
  MINBEN_CHECK(impl->files.replace(impl->directory / "vkey", as_bytes(vkey)));
  return std::unique_ptr<Mirror>(new Mirror(std::move(impl)));
}

Result<std::unique_ptr<Mirror>> Mirror::open(const fs::path& directory, MirrorParts parts) {
  MINBEN_TRY(lock, DirectoryLock::take(directory));
  return make(std::make_unique<Impl>(disk(), directory, std::move(lock), std::move(parts)));
}

Result<std::unique_ptr<Mirror>> Mirror::open_in(Files& files, const fs::path& directory,
                                                MirrorParts parts) {
  return make(std::make_unique<Impl>(files, directory, DirectoryLock(), std::move(parts)));
}

std::string Mirror::vkey() const { return impl_->parts.cosigner.verifier().vkey(); }

Result<std::string> Mirror::checkpoint(std::string_view origin_hash) {
  MINBEN_TRY(copy, impl_->existing(origin_hash));
  const std::lock_guard guard(copy->mutex);
  if (copy->checkpoint.empty())
    return fail(Kind::not_found, "no_such_checkpoint", "nothing of it is here whole yet");
  return copy->checkpoint;
}

Result<Mirror::TileFile> Mirror::tile(std::string_view origin_hash, std::string_view path) {
  MINBEN_TRY(tile, parse_tile_path(fmt::format("tile/{}", path)));
  MINBEN_TRY(copy, impl_->existing(origin_hash));
  std::uint64_t hashes = 0;
  {
    const std::lock_guard guard(copy->mutex);
    hashes = hashes_at(tile.level, copy->next);
  }
  fs::path file = impl_->directory / origin_hash / tile_path(tile);
  const bool kept = tile.index * tile_width + static_cast<std::uint64_t>(tile.width) <= hashes;
  MINBEN_TRY(there, kept ? impl_->files.exists(file) : Result<bool>(false));
  if (!there) return fail(Kind::not_found, "no_such_tile");
  return TileFile{std::move(file), tile.width == static_cast<int>(tile_width)};
}

// -------------------------------------------------------------------------------------- routes

namespace {

net::Response respond(Mirror::Answer answer) {
  if (answer.status == 200) return net::Response::text(std::move(answer.lines));
  if (answer.status == 202 || answer.status == 409) {
    net::Response response = net::Response::text(write_mirror_info(answer.info), answer.status);
    response.headers.set("Content-Type", mirror_info_type);
    return response;
  }
  const bool ours = answer.status >= 500;  // its detail is for our own eyes
  net::Response response = net::Response::text(
      fmt::format("{}{}\n", answer.error.code, ours ? "" : ": " + answer.error.detail),
      answer.status);
  if (answer.status == 503) response.headers.set("Retry-After", "1");
  return response;
}

net::Response add_entries(Mirror& mirror, const net::Request& request) {
  const std::string coding = to_lower_ascii(trim(request.headers.get("Content-Encoding")));
  const std::string type = to_lower_ascii(trim(request.headers.get("Content-Type")));
  if (type != "application/octet-stream")
    return net::Response::text("not_add_entries: expected application/octet-stream\n", 400);
  if (!coding.empty() && coding != "gzip" && coding != "identity")
    return net::Response::text("unknown_coding: gzip or none\n", 415);
  return respond(mirror.add_entries(
      as_bytes(request.body), coding == "gzip" ? ContentCoding::gzip : ContentCoding::identity));
}

}  // namespace

std::vector<net::Route> mirror_routes(Mirror& mirror, std::string_view submission,
                                      std::string_view monitoring, net::Access access) {
  const auto add = [&mirror](net::Request& request) {
    net::Response response = add_entries(mirror, request);
    response.headers.set("Accept-Encoding", "gzip");
    return response;
  };
  const auto checkpoint = [&mirror](net::Request& request) {
    auto note = mirror.checkpoint(request.parameter("origin"));
    if (!note) return net::Response::problem(note.error());
    net::Response response = net::Response::text(std::move(*note));
    response.headers.set("Cache-Control", "no-cache");
    return response;
  };
  const auto tile = [&mirror](net::Request& request) {
    auto file = mirror.tile(request.parameter("origin"), request.parameter("path"));
    if (!file) return net::Response::problem(file.error());
    net::Response response =
        net::Response::send_file(std::move(file->path), "application/octet-stream");
    response.headers.set("Cache-Control",
                         file->full ? "public, max-age=31536000, immutable" : "public, max-age=60");
    return response;
  };
  const auto key = [&mirror](net::Request&) { return net::Response::text(mirror.vkey() + "\n"); };
  const std::string log = fmt::format("{}/{{origin}}", monitoring);
  return {
      {net::Method::post, fmt::format("{}/add-entries", submission), access, max_add_entries, add},
      {net::Method::get, log + "/checkpoint", access, 0, checkpoint},
      {net::Method::get, log + "/tile/{path...}", access, 0, tile},
      {net::Method::get, fmt::format("{}/vkey", monitoring), access, 0, key}};
}

}  // namespace minben::ledger
