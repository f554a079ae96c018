#include "seal.hpp"

#include <mutex>

#include <fmt/format.h>

#include "asic.hpp"
#include "merkle.hpp"
#include "trust/cades.hpp"

namespace minben::exchange {

namespace {

constexpr std::size_t fixed_bytes = 8 + 4 + 4 + 64 + 32;
constexpr std::int64_t last_second = 253402300799;  // of the year 9999, where DER's times end
constexpr std::size_t remembered_batches = 256;

template <class Integer>
void write_integer(Integer value, std::string& out) {
  for (int shift = 8 * (sizeof(Integer) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift));
}

template <class Integer>
Integer read_integer(std::string_view bytes) {
  Integer value = 0;
  for (const char byte : bytes.substr(0, sizeof(Integer)))
    value = static_cast<Integer>(value << 8 | static_cast<std::uint8_t>(byte));
  return value;
}

/// A signature can say this time.
bool is_signing_time(Instant at) { return at >= Instant() && at <= Instant(seconds(last_second)); }

Sha256 manifest_digest(std::uint32_t size, const Hash& root) {
  return sha256(batch_manifest(batch_text(size, root)));
}

BatchNames names_by(const Sha256& digest) {
  const std::string id = hex_encode(std::span(digest).first(8));
  return {"batch-" + id + ".txt", "META-INF/ASiCManifest-" + id + ".xml",
          "META-INF/signature-" + id + ".p7s"};
}

/// A batch whose signature was good.
struct KnownBatch {
  Hash root{};
  Instant at{};
  std::uint32_t size = 0;  // 0: none
  std::array<std::uint8_t, 64> signature{};

  friend bool operator==(const KnownBatch&, const KnownBatch&) = default;
};

}  // namespace

void write_seal(const Seal& seal, std::string& out) {
  const auto at = std::chrono::floor<seconds>(seal.at).time_since_epoch().count();
  write_integer(static_cast<std::uint64_t>(at), out);
  write_integer(seal.index, out);
  write_integer(seal.size, out);
  out += as_text(seal.signature);
  out += as_text(seal.certificate);
  for (const Hash& hash : seal.path) out += as_text(hash);
}

Result<Seal> read_seal(std::string_view bytes) {
  const auto refuse = [](std::string_view why) { return fail(Kind::invalid, "not_a_seal", why); };
  if (bytes.size() < fixed_bytes) return refuse("too short");
  const auto at = read_integer<std::uint64_t>(bytes);
  if (at > static_cast<std::uint64_t>(last_second)) return refuse("a time after the year 9999");
  Seal seal;
  seal.at = Instant(seconds(static_cast<std::int64_t>(at)));
  seal.index = read_integer<std::uint32_t>(bytes.substr(8));
  seal.size = read_integer<std::uint32_t>(bytes.substr(12));
  if (seal.size > max_batch || seal.index >= seal.size) return refuse("no such place in a batch");
  const std::size_t hashes = path_length(seal.index, seal.size);
  if (bytes.size() != fixed_bytes + hashes * sizeof(Hash))
    return refuse("the path is not as long as its place asks for");
  std::ranges::copy(as_bytes(bytes.substr(16, 64)), seal.signature.begin());
  std::ranges::copy(as_bytes(bytes.substr(80, 32)), seal.certificate.begin());
  seal.path.resize(hashes);
  for (std::size_t i = 0; i < hashes; ++i)
    std::ranges::copy(as_bytes(bytes.substr(fixed_bytes + i * sizeof(Hash), sizeof(Hash))),
                      seal.path[i].begin());
  return seal;
}

std::string batch_text(std::uint32_t size, const Hash& root) {
  return fmt::format("minben-batch/1\n{}\n{}\n", size, base64_encode(root));
}

BatchNames batch_names(std::string_view batch) { return names_by(sha256(batch)); }

std::string batch_manifest(std::string_view batch) {
  const Sha256 digest = sha256(batch);
  const BatchNames names = names_by(digest);
  const AsicFile named{names.batch, "text/plain", digest};
  return asic_manifest({names.signature, signature_type, {}}, std::span(&named, 1));
}

Hash batch_root(const Seal& seal, const Hash& leaf) {
  return root_of({seal.index, seal.size, seal.path}, leaf);
}

// ----------------------------------------------------------------------------------- sealing

struct Sealer::Parts {
  trust::SigningKey key;
  trust::Certificate certificate;
  Sha256 fingerprint;
  trust::CadesForm form;
};

Result<Sealer> Sealer::make(trust::SigningKey key, trust::Certificate certificate) {
  MINBEN_TRY(form, trust::CadesForm::make(certificate));
  MINBEN_TRY(certified, trust::certificate_key(certificate.der));
  if (!(certified == key.verify_key()))
    return fail(Kind::invalid, "other_key", "the certificate is for another key");
  const Sha256 fingerprint = sha256(certificate.der);
  return Sealer(std::make_shared<const Parts>(
      Parts{std::move(key), std::move(certificate), fingerprint, std::move(form)}));
}

Result<std::vector<Seal>> Sealer::seal(std::span<const Hash> leaves, Instant at) const {
  MINBEN_ASSERT(!leaves.empty() && leaves.size() <= max_batch);
  const MerkleLevels levels = merkle_tree(leaves);
  Seal common;
  common.at = std::chrono::floor<seconds>(at);
  common.size = static_cast<std::uint32_t>(leaves.size());
  common.certificate = parts_->fingerprint;
  const Sha256 digest = manifest_digest(common.size, levels.back().front());
  MINBEN_TRY(signature, parts_->key.try_sign(parts_->form.attributes(common.at, digest)));
  std::ranges::copy(signature, common.signature.begin());

  std::vector<Seal> seals(leaves.size(), common);
  for (std::uint32_t i = 0; i < common.size; ++i) {
    seals[i].index = i;
    seals[i].path = path_in(levels, i);
  }
  return seals;
}

Result<Bytes> Sealer::sign(std::string_view content, Instant at) const {
  const Instant second = std::chrono::floor<seconds>(at);
  const Sha256 digest = sha256(content);
  MINBEN_TRY(signature, parts_->key.try_sign(parts_->form.attributes(second, digest)));
  return parts_->form.signed_data(second, digest, signature);
}

Result<void> Sealer::check() const { return parts_->key.check(); }

const trust::Certificate& Sealer::certificate() const { return parts_->certificate; }

// --------------------------------------------------------------------------------- verifying

struct SealVerifier::Parts {
  trust::VerifyKey key;
  Sha256 fingerprint;
  trust::CadesForm form;
  std::mutex mutex{};
  std::array<KnownBatch, remembered_batches> known{};  // a ring
  std::size_t next = 0;

  bool knows(const KnownBatch& batch) {
    const std::scoped_lock lock(mutex);
    return std::ranges::find(known, batch) != known.end();
  }
  void remember(const KnownBatch& batch) {
    const std::scoped_lock lock(mutex);
    known[next++ % known.size()] = batch;
  }
};

Result<SealVerifier> SealVerifier::make(const trust::Certificate& certificate) {
  MINBEN_TRY(form, trust::CadesForm::make(certificate));
  MINBEN_TRY(key, trust::certificate_key(certificate.der));
  return SealVerifier(
      std::shared_ptr<Parts>(new Parts{std::move(key), sha256(certificate.der), std::move(form)}));
}

bool SealVerifier::verify(const Seal& seal, const Hash& leaf) const {
  if (seal.certificate != parts_->fingerprint || !is_signing_time(seal.at) ||
      seal.size > max_batch || seal.index >= seal.size ||
      seal.path.size() != path_length(seal.index, seal.size))
    return false;
  const KnownBatch batch{batch_root(seal, leaf), seal.at, seal.size, seal.signature};
  if (parts_->knows(batch)) return true;
  const Sha256 digest = manifest_digest(seal.size, batch.root);
  if (!parts_->key.verify(parts_->form.attributes(seal.at, digest), seal.signature)) return false;
  parts_->remember(batch);
  return true;
}

const std::array<std::uint8_t, 32>& SealVerifier::fingerprint() const {
  return parts_->fingerprint;
}

Result<Bytes> seal_to_cms(const Seal& seal, const Hash& leaf,
                          const trust::Certificate& certificate) {
  MINBEN_TRY(form, trust::CadesForm::make(certificate));
  if (seal.certificate != sha256(certificate.der))
    return fail(Kind::invalid, "other_certificate", "the seal names another certificate");
  const Sha256 digest = manifest_digest(seal.size, batch_root(seal, leaf));
  return form.signed_data(seal.at, digest, seal.signature);
}

}  // namespace minben::exchange
