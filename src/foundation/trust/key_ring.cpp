#include "trust/key_ring.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

namespace minben::trust {

namespace {

using Keys = std::vector<std::shared_ptr<const MasterKey>>;

std::shared_ptr<const MasterKey> find_in(const Keys& keys, const MasterKeyId& id) {
  const auto found = std::ranges::find_if(keys, [&](const auto& key) { return key->id() == id; });
  return found == keys.end() ? nullptr : *found;
}

std::unexpected<Error> bad_line(const std::filesystem::path& path, std::string_view detail,
                                int line) {
  return fail(Error{.kind = Kind::invalid,
                    .code = "not_a_master_key",
                    .detail = std::string(detail),
                    .field = path.string(),
                    .line = line});
}

Result<Keys> read_keys(const std::filesystem::path& path) {
  auto text = read_secret_file(path);
  if (!text && text.error().kind == Kind::not_found) return Keys();
  if (!text) return std::unexpected(text.error());
  Keys keys;
  int line = 0;
  for (const std::string_view digits : split(trim(*text), '\n')) {
    ++line;
    auto bytes = hex_decode(trim(digits));
    if (!bytes || bytes->size() != 32) return bad_line(path, "expected 64 hex digits", line);
    MINBEN_TRY(key, MasterKey::from_bytes(*bytes));
    wipe(*bytes);
    if (find_in(keys, key.id())) return bad_line(path, "the same key twice", line);
    keys.push_back(std::make_shared<const MasterKey>(std::move(key)));
  }
  wipe(*text);
  if (keys.size() > most_master_keys)
    return fail(Kind::too_large, "too_many_keys", "at most 16 master keys", path.string());
  return keys;
}

Result<void> write_keys(const std::filesystem::path& path, const Keys& keys) {
  std::string text;
  text.reserve(keys.size() * 65);  // never moved, so that no copy stays behind
  for (const auto& key : keys) {
    std::string digits = hex_encode(key->bytes());
    text.append(digits).push_back('\n');
    wipe(digits);
  }
  auto written = write_secret_file(path, text);
  wipe(text);
  return written;
}

}  // namespace

struct KeyRing::Impl {
  const std::filesystem::path path;  // "" = in memory
  std::mutex mutex{};
  Keys keys{};

  Keys snapshot() {
    const std::lock_guard lock(mutex);
    return keys;
  }
  Result<void> refresh() {
    if (path.empty()) return {};
    MINBEN_TRY(read, read_keys(path));
    const std::lock_guard lock(mutex);
    keys = std::move(read);
    return {};
  }
  /// Nothing when the file does not have it either.
  std::shared_ptr<const MasterKey> find(const MasterKeyId& id) {
    if (auto known = find_in(snapshot(), id)) return known;
    (void)refresh();  // the caller says what is missing
    return find_in(snapshot(), id);
  }
  Result<std::shared_ptr<const MasterKey>> need(const MasterKeyId& id) {
    auto key = find(id);
    if (key) return key;
    return fail(Kind::internal, "unknown_master_key",
                fmt::format("this machine's file lacks the master key {}: copy the file from a "
                            "machine that has it",
                            to_string(id)),
                path.string());
  }
  Result<void> replace(Keys next) {
    if (!path.empty()) MINBEN_CHECK(write_keys(path, next));
    const std::lock_guard lock(mutex);
    keys = std::move(next);
    return {};
  }
};

KeyRing::KeyRing() : impl_(new Impl{}) {}
KeyRing::~KeyRing() = default;

Result<std::unique_ptr<KeyRing>> KeyRing::load(const std::filesystem::path& path) {
  auto ring = std::make_unique<KeyRing>();
  ring->impl_.reset(new Impl{path});
  MINBEN_CHECK(ring->refresh());
  return ring;
}

std::vector<MasterKeyId> KeyRing::ids() const {
  std::vector<MasterKeyId> ids;
  for (const auto& key : impl_->snapshot()) ids.push_back(key->id());
  return ids;
}

bool KeyRing::holds(const MasterKeyId& id) const { return impl_->find(id) != nullptr; }
Result<void> KeyRing::refresh() const { return impl_->refresh(); }

Result<MasterKeyId> KeyRing::add(MasterKey key) {
  MINBEN_CHECK(refresh());
  Keys next = impl_->snapshot();
  if (next.size() >= most_master_keys)
    return fail(Kind::conflict, "too_many_keys", "retire old master keys first",
                impl_->path.string());
  const MasterKeyId id = key.id();
  next.push_back(std::make_shared<const MasterKey>(std::move(key)));
  MINBEN_CHECK(impl_->replace(std::move(next)));
  return id;
}

Result<void> KeyRing::remove(const MasterKeyId& id) {
  MINBEN_CHECK(refresh());
  Keys next = impl_->snapshot();
  if (std::erase_if(next, [&](const auto& key) { return key->id() == id; }) == 0) return {};
  return impl_->replace(std::move(next));
}

Result<Bytes> KeyRing::wrap(const MasterKeyId& id, const DataKey& key, std::string_view context,
                            Random& random) const {
  MINBEN_TRY(master, impl_->need(id));
  return trust::wrap(*master, key, context, random);
}

Result<DataKey> KeyRing::unwrap(Octets wrapped, std::string_view context) const {
  MINBEN_TRY(id, wrapped_by(wrapped));
  MINBEN_TRY(master, impl_->need(id));
  return trust::unwrap(*master, wrapped, context);
}

Result<DataKey> KeyRing::derive(const MasterKeyId& id, std::string_view label) const {
  MINBEN_TRY(master, impl_->need(id));
  return DataKey::from_bytes(hmac_sha256(master->bytes(), as_bytes(label)));
}

std::string to_string(const MasterKeyId& id) { return hex_encode(id); }

Result<MasterKeyId> parse_master_key_id(std::string_view text) {
  const auto bytes = hex_decode(trim(text));
  if (!bytes || bytes->size() != std::tuple_size_v<MasterKeyId>)
    return fail(Kind::invalid, "not_a_key_id", "expected 16 hex digits", text);
  MasterKeyId id;
  std::ranges::copy(*bytes, id.begin());
  return id;
}

}  // namespace minben::trust
