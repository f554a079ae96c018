// What a message's seal costs its sender and its receiver, by the number of messages of a batch.
// Every message of every call is sealed and verified: beside the one signature of the batch this
// must be noise.
#include <cstdlib>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "exchange/seal.hpp"
#include "trust/key_place.hpp"

namespace {

using namespace minben;
using namespace minben::exchange;

const Instant at = parse_instant("2026-11-30T08:30:15Z").value();
const VirtualClock clock_now(at);
const auto key = trust::SigningKey::generate(trust::KeyType::p256);
const auto root = trust::Authority::create("root", 30, clock_now).value();
const auto certificate = root.issue(key.verify_key(), {.common_name = "nia"}, clock_now).value();

std::vector<Hash> leaves(std::size_t count) {
  std::vector<Hash> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(ledger::leaf_hash(as_bytes(fmt::format("message {}", i))));
  return made;
}

void bare_signature(benchmark::State& state) {
  const Bytes text(200, 7);
  for (auto _ : state) benchmark::DoNotOptimize(key.sign(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bare_signature);

/// The same with the key that MINBEN_KEY_URI names (docs/decisions/0019-pkcs11.md), by as many
/// threads as are said.
void signature_in_token(benchmark::State& state) {
  static const char* const uri = std::getenv("MINBEN_KEY_URI");
  if (uri == nullptr) return state.SkipWithError("MINBEN_KEY_URI names no key");
  static const auto in_token =
      trust::KeyPlace::parse(uri, "/").value().open_or_create(trust::KeyType::p256).value();
  const Bytes text(200, 7);
  for (auto _ : state) benchmark::DoNotOptimize(in_token.try_sign(text).value());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(signature_in_token)->Threads(1)->Threads(2)->Threads(8)->UseRealTime();

void bare_verification(benchmark::State& state) {
  const Bytes text(200, 7);
  const Bytes signature = key.sign(text);
  for (auto _ : state) benchmark::DoNotOptimize(key.verify_key().verify(text, signature));
}
BENCHMARK(bare_verification);

void seal_batch(benchmark::State& state) {
  const Sealer sealer = Sealer::make(key, certificate).value();
  const auto batch = leaves(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(sealer.seal(batch, at).value());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(seal_batch)->Arg(1)->Arg(16)->Arg(64)->Arg(1024);

/// As a receiver does: bytes in, yes or no out. Batches come round when they are forgotten, so that
/// each is new.
void verify_batch(benchmark::State& state) {
  constexpr std::size_t batches = 300;
  const Sealer sealer = Sealer::make(key, certificate).value();
  const auto verifier = SealVerifier::make(certificate).value();
  const auto batch = leaves(static_cast<std::size_t>(state.range(0)));
  std::vector<std::vector<std::string>> sent(batches);
  for (std::size_t i = 0; i < batches; ++i) {
    const auto seals = sealer.seal(batch, at + seconds(i)).value();
    for (const Seal& seal : seals) write_seal(seal, sent[i].emplace_back());
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const auto& seals = sent[next++ % batches];
    for (std::size_t i = 0; i < seals.size(); ++i)
      MINBEN_ASSERT(verifier.verify(*read_seal(seals[i]), batch[i]));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(verify_batch)->Arg(1)->Arg(16)->Arg(64)->Arg(256);

}  // namespace

BENCHMARK_MAIN();
