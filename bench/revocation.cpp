// What a list of 400,000 revoked certificates costs: taking it in, and asking it. Beside it, in the
// same run, what nobody can do without (one SHA-256 over the file, which the signature needs) and
// what OpenSSL's own list does.
#include <benchmark/benchmark.h>

#include "large_list.hpp"
#include "must.hpp"

namespace {

using namespace minben;
using trust::RevocationIndex;
using trust::test::LargeAuthority;

constexpr std::size_t entries = 400'000;

const LargeAuthority authority("Citizens");

const Bytes& file() {
  static const Bytes der = authority.list({.entries = entries});
  return der;
}
/// Half of them are on the list.
const std::vector<std::string>& serials() {
  static const auto made = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < 2 * entries; i += 13)
      all.push_back(LargeAuthority::serial(i * 7 % (2 * entries)));
    return all;
  }();
  return made;
}

void bare_sha256_of_the_file(benchmark::State& state) {
  const Bytes& bytes = file();  // made before the clock runs
  for (auto _ : state) benchmark::DoNotOptimize(sha256(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(bare_sha256_of_the_file)->Unit(benchmark::kMillisecond);

void load(benchmark::State& state) {
  const auto issuer = authority.certificate();
  for (auto _ : state)
    benchmark::DoNotOptimize(bench::must(RevocationIndex::make(Bytes(file()), issuer)));
  state.counters["file_MB"] = static_cast<double>(file().size()) / 1e6;
}
BENCHMARK(load)->Unit(benchmark::kMillisecond);

/// Parsing, the signature, and the first look-up, which sorts.
void load_openssl(benchmark::State& state) {
  const auto issuer = authority.certificate();
  const unsigned char* at = issuer.der.data();
  const std::shared_ptr<X509> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(issuer.der.size())), X509_free);
  for (auto _ : state) {
    const unsigned char* bytes = file().data();
    X509_CRL* list = d2i_X509_CRL(nullptr, &bytes, static_cast<long>(file().size()));
    MINBEN_ASSERT(X509_CRL_verify(list, X509_get0_pubkey(certificate.get())) == 1);
    X509_REVOKED* found = nullptr;
    benchmark::DoNotOptimize(
        X509_CRL_get0_by_serial(list, &found, X509_get0_serialNumber(certificate.get())));
    X509_CRL_free(list);
  }
}
BENCHMARK(load_openssl)->Unit(benchmark::kMillisecond);

void look_up(benchmark::State& state) {
  static const auto index =
      bench::must(RevocationIndex::make(Bytes(file()), authority.certificate()));
  std::size_t i = 0, revoked = 0;
  const auto& asked = serials();
  for (auto _ : state) revoked += index.find(asked[i++ % asked.size()]).has_value();
  state.counters["revoked"] = static_cast<double>(revoked) / static_cast<double>(i);
}
BENCHMARK(look_up);

void look_up_openssl(benchmark::State& state) {
  static const auto list = authority.make({.entries = entries});
  static const auto asked = [] {
    std::vector<ASN1_INTEGER*> all;
    for (const std::string& hex : serials()) {
      BIGNUM* number = nullptr;
      BN_hex2bn(&number, hex.c_str());
      all.push_back(BN_to_ASN1_INTEGER(number, nullptr));
      BN_free(number);
    }
    return all;
  }();
  std::size_t i = 0;
  for (auto _ : state) {
    X509_REVOKED* found = nullptr;
    benchmark::DoNotOptimize(
        X509_CRL_get0_by_serial(list.get(), &found, asked[i++ % asked.size()]));
  }
}
BENCHMARK(look_up_openssl);

}  // namespace

BENCHMARK_MAIN();
