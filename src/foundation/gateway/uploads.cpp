#include "uploads.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>

namespace minben::gateway {

namespace {

constexpr seconds upload_time = days(7);  ///< for an upload to become whole
constexpr int threads = 4;                ///< a digest of some GiB takes one of them for seconds
constexpr std::size_t gather = 1u << 20;  ///< bytes that are written at once
constexpr std::size_t max_about = 64u << 10;

int status_of(const Error& error) {
  const std::string_view code = error.code;
  if (code == "unsupported_tus_version") return 412;
  if (code == "not_an_upload") return 415;
  if (code == "range_not_satisfiable") return 416;
  if (code == "file_in_use") return 423;
  if (code == "checksum_differs") return 460;  // tus, checksum extension
  if (code == "no_space") return 507;
  return 0;
}

void say_tus(net::Headers& headers) {
  headers.set("Tus-Resumable", tus_version);
  headers.set("Cache-Control", "no-store");
}

net::Response tus_answer(int status) {
  net::Response response;
  response.status = status;
  say_tus(response.headers);
  return response;
}

Result<void> check_version(const net::Request& request) {
  if (request.headers.get("Tus-Resumable") == tus_version) return {};
  return fail(Kind::invalid, "unsupported_tus_version", "Tus-Resumable: 1.0.0", "Tus-Resumable");
}

Result<std::uint64_t> read_length(const net::Request& request, std::string_view name) {
  const auto length = parse_integer(request.headers.get(name), 0, std::int64_t{1} << 50);
  if (!length || request.headers.get(name).starts_with('+'))
    return fail(Kind::invalid, "missing", "a number of bytes", name);
  return static_cast<std::uint64_t>(*length);
}

std::string base64_of_hex(std::string_view hex) {
  return base64_encode(hex_decode(hex).value_or(Bytes()));
}

/// The digest that a PATCH announced, over what comes.
class Checksum {
 public:
  explicit Checksum(UploadChecksum expected)
      : expected_(std::move(expected)), context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_get_digestbyname(expected_.algorithm.c_str()), nullptr);
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  bool matches() {
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    digest.resize(size);
    return digest == expected_.digest;
  }

 private:
  const UploadChecksum expected_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

struct Uploads::Patch {
  std::string id;
  std::unique_ptr<FileAppend> append;
  std::optional<Checksum> checksum;
  std::uint64_t offset = 0;  ///< that is durable
  Instant expires_at{};
};

struct Uploads::Download {
  StoredFile file;
  ByteRange range;
  net::Response head;
};

Uploads::Uploads(const GatewayConfig& config, const OwnSide& own, const Directory& directory,
                 const Clock& clock, Random& random, FileStore& files, Outbox& outbox,
                 Refusal refusal)
    : config_(config),
      own_(own),
      directory_(directory),
      clock_(clock),
      random_(random),
      files_(files),
      outbox_(outbox),
      refusal_(std::move(refusal)),
      offload_(threads) {}

std::vector<net::Route> Uploads::routes(net::Access systems, net::Access own) {
  using net::Method;
  std::vector<net::Route> routes{route(Method::post, "/files", systems, &Uploads::create),
                                 route(Method::del, "/files/{id}", systems, &Uploads::remove)};
  const auto flow = [&](Method method, std::string_view path, net::Access access, std::size_t max,
                        net::Task<void> (Uploads::*run)(net::Flow&)) {
    routes.push_back(
        {method,
         std::string(path),
         access,
         max,
         {},
         net::flow_handler([this, run](net::Flow& each) { return (this->*run)(each); })});
  };
  flow(Method::patch, "/files/{id}", systems, config_.max_stream, &Uploads::patch);
  flow(Method::head, "/files/{id}", systems, 0, &Uploads::head);
  flow(Method::get, "/files/{id}", systems, 0, &Uploads::download);
  flow(Method::get, "/mailbox/{subsystem}/{service}/-/file/{id}/{offset}", own, 0, &Uploads::piece);
  return routes;
}

net::Route Uploads::route(net::Method method, std::string_view path, net::Access access,
                          Answer answer) {
  return {method, std::string(path), access, 0, [this, answer](net::Request& request) {
            const auto made = (this->*answer)(request);
            return made ? *made : refusal(request, made.error());
          }};
}

net::Response Uploads::refusal(const net::Request& request, const Error& error) const {
  net::Response response = refusal_(request, error);
  if (const int status = status_of(error); status != 0) response.status = status;
  say_tus(response.headers);
  if (response.status == 412) response.headers.set("Tus-Version", tus_version);
  return response;
}

Result<std::string> Uploads::owner_of(const net::Request& request) const {
  MINBEN_TRY(envelope, read_envelope(request.headers));
  if (envelope.client.instance != directory_.view()->configuration.instance)
    return fail(Kind::unauthorised, "client_not_known", "of another instance");
  MINBEN_CHECK(check_token(config_, envelope.client, envelope.token));
  return envelope.client.subsystem;
}

Result<StoredFile> Uploads::own_upload(const net::Request& request) {
  MINBEN_TRY(owner, owner_of(request));
  MINBEN_TRY(file, files_.find(request.parameter("id")));
  if (file.side != FileSide::sent || file.owner != owner)
    return fail(Kind::not_found, "unknown_file", "no such upload of this subsystem");
  return file;
}

/// By the id that its event names.
Result<StoredFile> Uploads::own_arrived(const net::Request& request) {
  MINBEN_TRY(owner, owner_of(request));
  MINBEN_TRY(file, files_.find_arrived(owner, request.parameter("id")));
  if (file.state == FileState::growing)
    return fail(Kind::not_found, "unknown_file", "it has not come whole");
  return file;
}

// ------------------------------------------------------------------------------------- uploads

Result<net::Response> Uploads::create(const net::Request& request) {
  MINBEN_CHECK(check_version(request));
  MINBEN_TRY(file, read_creation(request));
  MINBEN_CHECK(files_.create(file));
  if (file.length == 0) {
    const auto append = files_.append(file.id);
    if (append) MINBEN_CHECK((*append)->keep());
    MINBEN_CHECK(complete(file));
  }
  net::Response response = tus_answer(201);
  response.headers.set("Location", "/files/" + file.id);
  response.headers.set("Upload-Expires", http_date(file.expires_at));
  response.headers.set("Tus-Extension", tus_extensions);
  response.headers.set("Tus-Checksum-Algorithm", "sha1,sha256");
  response.headers.set("Tus-Max-Size", std::to_string(config_.max_stream));
  return response;
}

/// Upload-Metadata: service (the event type), filename, filetype, sha256 (hex), subject, event
/// (JSON object, of which the published event is made).
Result<StoredFile> Uploads::read_creation(const net::Request& request) {
  MINBEN_TRY(owner, owner_of(request));
  MINBEN_TRY(metadata, read_upload_metadata(request.headers.get("Upload-Metadata")));
  StoredFile file;
  MINBEN_TRY(length, read_length(request, "Upload-Length"));
  file.length = length;
  file.id = minben::to_string(new_uuid(clock_, random_));
  file.service = fmt::format("{}/{}", owner, metadata["service"]);
  if (!outbox_.has_type(file.service))
    return fail(Kind::not_found, "unknown_event_type", "metadata says which: service", "service");
  const Configuration& configuration = directory_.view()->configuration;
  const Service* service = nullptr;
  for (const Service& each : configuration.services)
    if (each.id.provider.member == config_.member.value &&
        fmt::format("{}/{}", each.id.provider.subsystem, each.id.service) == file.service)
      service = &each;
  if (!service || service->about_a_person || !service->fields.empty())
    return fail(Kind::conflict, "service_is_reduced",
                "answers of this service are reduced to fields, and a file cannot be", "service");
  file.sha256 = to_lower_ascii(metadata["sha256"]);
  if (const auto digest = hex_decode(file.sha256); !digest || (digest->size() | 32) != 32)
    return fail(Kind::invalid, "bad_upload_metadata", "64 hex digits", "sha256");
  const auto event = parse_json(metadata["event"].empty() ? "{}" : metadata["event"]);
  if (!event || !event->is_object())
    return fail(Kind::invalid, "bad_upload_metadata", "a JSON object", "event");
  file.about = write_json(JsonObject{{"name", metadata["filename"]},
                                     {"type", metadata["filetype"]},
                                     {"subject", metadata["subject"]},
                                     {"person", request.headers.get("Minben-Person")},
                                     {"event", *event}});
  if (file.about.size() > max_about || !is_utf8(file.about))
    return fail(Kind::invalid, "bad_upload_metadata", "too long or not UTF-8");
  file.owner = std::move(owner);
  file.expires_at = clock_.now() + upload_time;
  return file;
}

Result<net::Response> Uploads::progress(const net::Request& request) {
  MINBEN_CHECK(check_version(request));
  MINBEN_TRY(file, own_upload(request));
  net::Response response = tus_answer(200);
  response.headers.set("Upload-Offset", std::to_string(file.offset));
  response.headers.set("Upload-Length", std::to_string(file.length));
  response.headers.set("Upload-Expires", http_date(file.expires_at));
  return response;
}

/// How far an upload is, or (without Tus-Resumable) what GET would answer.
net::Task<void> Uploads::head(net::Flow& flow) {
  if (!flow.request.headers.has("Tus-Resumable")) {
    co_await download(flow);
    co_return;
  }
  Result<net::Response> made;
  co_await offload_.run([&] { made = progress(flow.request); });
  co_await flow.answer(made ? std::move(*made) : refusal(flow.request, made.error()));
}

/// An upload that is not wanted any more (tus, termination), or a file that was fetched.
Result<net::Response> Uploads::remove(const net::Request& request) {
  const bool upload = request.headers.has("Tus-Resumable");
  MINBEN_TRY(file, upload ? own_upload(request) : own_arrived(request));
  MINBEN_CHECK(files_.remove(file.id));
  return tus_answer(204);
}

net::Task<void> Uploads::patch(net::Flow& flow) {
  Patch patch;
  Result<void> done;
  co_await offload_.run([&] { done = begin_patch(flow.request, patch); });
  if (done) done = co_await take_body(flow, patch);
  if (done) co_await offload_.run([&] { done = end_patch(patch); });
  co_await offload_.run([&] { patch.append.reset(); });
  if (!done && done.error().code == "broken") co_return;  // nobody is there to be told
  if (!done) {
    spdlog::info("an upload went wrong: {}", describe(done.error()));
    co_await flow.answer(refusal(flow.request, done.error()));
    co_return;
  }
  net::Response response = tus_answer(204);
  response.headers.set("Upload-Offset", std::to_string(patch.offset));
  response.headers.set("Upload-Expires", http_date(patch.expires_at));
  co_await flow.answer(std::move(response));
}

Result<void> Uploads::begin_patch(const net::Request& request, Patch& patch) {
  MINBEN_CHECK(check_version(request));
  MINBEN_TRY(file, own_upload(request));
  if (request.headers.get("Content-Type") != "application/offset+octet-stream")
    return fail(Kind::invalid, "not_an_upload", "application/offset+octet-stream", "Content-Type");
  if (request.headers.has("Upload-Checksum")) {
    MINBEN_TRY(checksum, read_upload_checksum(request.headers.get("Upload-Checksum")));
    patch.checksum.emplace(std::move(checksum));
  }
  MINBEN_TRY(offset, read_length(request, "Upload-Offset"));
  MINBEN_TRY(append, files_.append(file.id));
  // Read again: somebody may have written between.
  if (append->offset() != offset)
    return fail(Kind::conflict, "offset_differs", std::to_string(append->offset()),
                "Upload-Offset");
  if (patch.checksum) append->hold();
  patch.id = file.id;
  patch.expires_at = file.expires_at;
  patch.append = std::move(append);
  return {};
}

// What came before a connection broke is kept: that is what resuming is for.
net::Task<Result<void>> Uploads::take_body(net::Flow& flow, Patch& patch) {
  Result<void> done;
  for (bool ended = false; !ended && done;) {
    std::string bytes;
    Result<void> came;
    while (bytes.size() < gather && !ended && came) {
      const auto piece = co_await flow.read();
      if (!piece) came = fail(piece.error());
      else if (piece->empty()) ended = true;
      else bytes += *piece;
    }
    const bool broken = !came;
    co_await offload_.run([&] {
      if (patch.checksum) patch.checksum->add(bytes);
      done = patch.append->write(bytes);
      if (broken && !patch.checksum && done) done = patch.append->keep();
    });
    if (broken && done) done = std::move(came);
  }
  co_return done;
}

Result<void> Uploads::end_patch(Patch& patch) {
  if (patch.checksum && !patch.checksum->matches())
    return fail(Kind::invalid, "checksum_differs", "what came is not what was sent",
                "Upload-Checksum");
  MINBEN_CHECK(patch.append->keep());
  patch.offset = patch.append->offset();
  patch.append.reset();
  MINBEN_TRY(file, files_.find(patch.id));
  return file.offset == file.length ? complete(file) : Result<void>{};
}

/// Reads what is stored, so that what is promised is what is there.
Result<void> Uploads::complete(const StoredFile& file) {
  MINBEN_TRY(digest, files_.digest(file));
  if (!file.sha256.empty() && digest != file.sha256) {
    MINBEN_CHECK(files_.remove(file.id));
    return fail(Kind::invalid, "digest_differs", "from the one that was announced: send it again",
                "sha256");
  }
  StoredFile whole = file;
  whole.sha256 = digest;
  whole.expires_at = clock_.now() + config_.messages.keep_s;
  MINBEN_CHECK(files_.set_state(file.id, FileState::whole, digest, whole.expires_at));
  // When there is no room for its event now, keep_house() tries again.
  if (const auto told = tell(std::move(whole)); !told)
    spdlog::warn("a file waits to be told of: {}", describe(told.error()));
  return {};
}

/// The file's id is the event's as well, so that it is told once.
Result<void> Uploads::tell(StoredFile file) {
  MINBEN_TRY(about, parse_json(file.about));
  JsonObject event = minben::find(about, "event")->as_object();
  event["file"] = JsonObject{{"id", file.id},
                             {"name", string_or(about, "name")},
                             {"type", string_or(about, "type")},
                             {"size", file.length},
                             {"sha256", file.sha256}};
  PublishEvent publish{file.id, string_or(about, "subject"), write_json(event),
                       EventFile{file.id, file.length, file.sha256}};
  MINBEN_CHECK(outbox_.publish(file.service, std::move(publish), string_or(about, "person")));
  return files_.set_state(file.id, FileState::told, file.sha256, file.expires_at);
}

void Uploads::keep_house() {
  const auto all = [&](FileState state) {
    return files_.with_state(FileSide::sent, state).value_or(std::vector<StoredFile>());
  };
  for (const StoredFile& file : all(FileState::growing))
    if (file.offset == file.length && file.length > 0) static_cast<void>(complete(file));
  for (StoredFile& file : all(FileState::whole)) static_cast<void>(tell(std::move(file)));
  if (const auto gone = files_.expire(); gone && *gone > 0)
    spdlog::info("{} files have expired", *gone);
}

// ---------------------------------------------------------------------------- other gateways

// Behind Serving, as an event is. Whoever may have the event type's events may have its files.
Result<Uploads::Download> Uploads::begin_piece(const net::Request& request) {
  if (!own_.is(request.headers.get("Minben-Token")))
    return fail(Kind::unauthorised, "client_not_known", "for the gateway itself");
  const auto offset = parse_integer(request.parameter("offset"), 0);
  auto file = files_.find(request.parameter("id"));
  const std::string type =
      fmt::format("{}/{}", request.parameter("subsystem"), request.parameter("service"));
  if (!offset || !file || file->side != FileSide::sent || file->state == FileState::growing ||
      file->service != type || static_cast<std::uint64_t>(*offset) >= file->length)
    return fail(Kind::not_found, "unknown_file", "no such file, or it has expired");
  const auto first = static_cast<std::uint64_t>(*offset);
  Download out{std::move(*file), {first, 0}, {}};
  out.range.length = std::min<std::uint64_t>(out.file.length - first, file_piece);
  out.head.headers.add("Content-Type", "application/octet-stream");
  return out;
}

net::Task<void> Uploads::piece(net::Flow& flow) {
  Result<Download> begun = fail(Kind::internal, "not_begun");
  co_await offload_.run([&] { begun = begin_piece(flow.request); });
  if (begun) co_await give(flow, *begun);
  else co_await flow.answer(net::Response::problem(begun.error()));
}

// ------------------------------------------------------------------------------------ arrived

Result<Uploads::Download> Uploads::begin_download(const net::Request& request) {
  MINBEN_TRY(file, own_arrived(request));
  MINBEN_TRY(about, parse_json(file.about));
  Download out{std::move(file), {0, 0}, {}};
  out.range.length = out.file.length;
  net::Headers& headers = out.head.headers;
  const std::string tag = fmt::format("\"{}\"", out.file.sha256);
  const auto only_if = request.headers.get("If-Range");
  const auto wanted = request.headers.get("Range");
  if (!wanted.empty() && (only_if.empty() || only_if == tag)) {
    MINBEN_TRY(range, read_range(wanted, out.file.length));
    if (range) {
      out.range = *range;
      out.head.status = 206;
      headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range->first,
                                               range->first + range->length - 1, out.file.length));
    }
  }
  // The type is the sender's word: nothing here may be run or shown by a browser.
  headers.add("Content-Type", "application/octet-stream");
  headers.add("Content-Disposition", "attachment");
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("Accept-Ranges", "bytes");
  headers.add("ETag", tag);
  headers.add("Repr-Digest", fmt::format("sha-256=:{}:", base64_of_hex(out.file.sha256)));
  headers.add("Cache-Control", "no-store");
  return out;
}

net::Task<void> Uploads::download(net::Flow& flow) {
  Result<Download> begun = fail(Kind::internal, "not_begun");
  co_await offload_.run([&] { begun = begin_download(flow.request); });
  if (begun) co_await give(flow, *begun);
  else co_await flow.answer(refusal(flow.request, begun.error()));
}

net::Task<void> Uploads::give(net::Flow& flow, const Download& what) {
  const ByteRange& range = what.range;
  bool going = co_await flow.begin(what.head, range.length);
  if (flow.request.method == net::Method::head) going = false;
  for (std::uint64_t at = 0; going && at < range.length;) {
    Result<std::string> bytes;
    co_await offload_.run([&] { bytes = files_.read(what.file, range.first + at); });
    if (!bytes || bytes->empty()) co_return;  // without its end, so that it is not taken for whole
    bytes->resize(std::min<std::uint64_t>(bytes->size(), range.length - at));
    at += bytes->size();
    going = co_await flow.write(*bytes);
  }
  if (going || flow.request.method == net::Method::head) co_await flow.end();
}

}  // namespace minben::gateway
