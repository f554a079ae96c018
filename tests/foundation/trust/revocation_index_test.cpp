#include "trust/revocation_index.hpp"

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "large_list.hpp"
#include "support/shared.hpp"

namespace minben::trust {
namespace {

using test::LargeAuthority;
using Order = LargeAuthority::Order;

const Instant noon = parse_instant("2026-11-29T12:00:00Z").value();
const LargeAuthority authority("Citizens"), namesake("Citizens"), stranger("Others");

std::string code_of(const auto& result) { return result ? "" : result.error().code; }
std::string code_of(const Order& order, const LargeAuthority& by = authority) {
  return code_of(RevocationIndex::make(by.list(order), authority.certificate()));
}
RevocationIndex index_of(const Order& order) {
  return RevocationIndex::make(authority.list(order), authority.certificate()).value();
}

void add_extension(X509_CRL* list, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, nullptr, nullptr, list, 0);
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  ASSERT_NE(made, nullptr);
  X509_CRL_add_ext(list, made, -1);
  X509_EXTENSION_free(made);
}

TEST(RevocationIndex, SaysOfEachEntrySinceWhenAndWhy) {
  const auto index = index_of({.entries = 1000});
  EXPECT_EQ(index.size(), 1000u);
  EXPECT_EQ(index.issuer(), "CN=Citizens");
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto found = index.find(LargeAuthority::serial(i));
    ASSERT_TRUE(found) << i;
    EXPECT_EQ(found->serial, LargeAuthority::serial(i));
    EXPECT_EQ(found->at, index.this_update() - hours(1));
    EXPECT_EQ(found->reason,
              i % 2 == 0 ? RevocationReason::key_compromise : RevocationReason::unspecified);
  }
  for (std::size_t i = 1000; i < 3000; ++i) EXPECT_FALSE(index.find(LargeAuthority::serial(i)));
  for (const std::string_view none : {"", "0", "xy", "00", "ff", "0a1b2c3d4e5f"})
    EXPECT_FALSE(index.find(none)) << none;
  EXPECT_FALSE(index.find(std::string(1000, 'a')));
}

TEST(RevocationIndex, AgreesWithOpenSslOnTheListOfAWholeCountry) {
  const auto list = authority.make({.entries = 400'000});
  const auto index = index_of({.entries = 400'000});
  ASSERT_EQ(index.size(), 400'000u);
  for (std::size_t i = 0; i < 420'000; i += 37) {
    const Bytes digits = hex_decode(LargeAuthority::serial(i)).value();
    BIGNUM* number = BN_bin2bn(digits.data(), static_cast<int>(digits.size()), nullptr);
    ASN1_INTEGER* serial = BN_to_ASN1_INTEGER(number, nullptr);
    X509_REVOKED* entry = nullptr;
    EXPECT_EQ(X509_CRL_get0_by_serial(list.get(), &entry, serial) == 1,
              index.find(LargeAuthority::serial(i)).has_value())
        << i;
    ASN1_INTEGER_free(serial);
    BN_free(number);
  }
}

TEST(RevocationIndex, KnowsASerialNumberHoweverManyZerosAreBeforeIt) {
  const auto index = index_of({.entries = 20});
  EXPECT_TRUE(index.find("00" + LargeAuthority::serial(0)));
  EXPECT_FALSE(index.find(LargeAuthority::serial(0).substr(2)));
}

TEST(RevocationIndex, EmptyListsAreLists) {
  const auto index = index_of({.entries = 0});
  EXPECT_EQ(index.size(), 0u);
  EXPECT_FALSE(index.find("01"));
}

TEST(RevocationIndex, ListsOfOthersAreRefused) {
  EXPECT_EQ(code_of(Order{}), "");
  EXPECT_EQ(code_of(Order{}, namesake), "revocation_list_forged");
  EXPECT_EQ(code_of(Order{}, stranger), "revocation_list_forged");
  EXPECT_EQ(code_of({.digest = EVP_sha1()}), "revocation_list_forged");
  EXPECT_EQ(code_of({.digest = EVP_sha512()}), "");
  const LargeAuthority without_right("Citizens", false);
  EXPECT_EQ(code_of(RevocationIndex::make(without_right.list({}), without_right.certificate())),
            "revocation_list_forged");
}

TEST(RevocationIndex, EveryAlteredByteIsNoticed) {
  const Bytes list = authority.list({.entries = 3});
  for (std::size_t i = 0; i < list.size(); ++i) {
    Bytes changed = list;
    changed[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_FALSE(RevocationIndex::make(changed, authority.certificate())) << i;
  }
  for (std::size_t size = 0; size < list.size(); ++size)
    EXPECT_FALSE(RevocationIndex::make(Bytes(list.begin(), list.begin() + static_cast<long>(size)),
                                       authority.certificate()));
  Bytes longer = list;
  longer.push_back(0);
  EXPECT_EQ(code_of(RevocationIndex::make(longer, authority.certificate())),
            "not_a_revocation_list");
}

TEST(RevocationIndex, ListsOfAPartOnlyAreRefused) {
  const auto spoilt = [](auto&& spoil) { return code_of({.spoil = spoil}); };
  EXPECT_EQ(spoilt([](X509_CRL* list) {
              add_extension(list, NID_issuing_distribution_point, "critical,onlyuser:TRUE");
            }),
            "not_a_revocation_list");
  EXPECT_EQ(spoilt([](X509_CRL* list) {
              add_extension(list, NID_issuing_distribution_point, "onlyuser:TRUE");
            }),
            "not_a_revocation_list");
  const auto delta = [](X509_CRL* list) {
    ASN1_INTEGER* base = ASN1_INTEGER_new();
    ASN1_INTEGER_set(base, 1);
    X509_CRL_add1_ext_i2d(list, NID_delta_crl, base, 1, 0);
    ASN1_INTEGER_free(base);
  };
  EXPECT_EQ(spoilt(delta), "not_a_revocation_list");
  const auto indirect = [](X509_CRL* list) {
    X509_REVOKED* entry = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(list), 0);
    ASN1_OCTET_STRING* names = ASN1_OCTET_STRING_new();  // GeneralNames: the URI urn:x
    ASN1_OCTET_STRING_set(names, reinterpret_cast<const unsigned char*>("\x30\x07\x86\x05urn:x"),
                          9);
    X509_EXTENSION* issuer =
        X509_EXTENSION_create_by_NID(nullptr, NID_certificate_issuer, 1, names);
    ASN1_OCTET_STRING_free(names);
    X509_REVOKED_add_ext(entry, issuer, -1);
    X509_EXTENSION_free(issuer);
  };
  EXPECT_EQ(spoilt(indirect), "not_a_revocation_list");
  EXPECT_EQ(spoilt([](X509_CRL* list) { X509_CRL_set_version(list, 0); }), "not_a_revocation_list");
}

TEST(RevocationIndex, ListsHaveTheirTime) {
  const auto index = index_of({});
  EXPECT_TRUE(index.check_current(noon));
  EXPECT_EQ(code_of(index.check_current(index.next_update())), "revocation_list_expired");
  EXPECT_TRUE(index.check_current(index.this_update() - minutes(4)));
  EXPECT_EQ(code_of(index.check_current(index.this_update() - minutes(6))),
            "revocation_list_not_yet_valid");
}

// --------------------------------------------------------------------------------------- kept

struct Kept : testing::Test {
  minben::test::TemporaryDirectory folder;
  std::filesystem::path file = folder.path() / "citizens.crl";
  std::unique_ptr<KeptList> open() { return KeptList::open(file, authority.certificate()).value(); }
};

TEST_F(Kept, SurvivesARestartWithoutADownload) {
  EXPECT_EQ(open()->current(), nullptr);
  ASSERT_TRUE(open()->replace(authority.list({.number = 300}), noon));
  const auto kept = open()->current();
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->find(LargeAuthority::serial(2)));
}

TEST_F(Kept, NeverGoesBack) {
  const auto kept = open();
  ASSERT_TRUE(kept->replace(authority.list({.entries = 5, .number = 300}), noon));
  EXPECT_TRUE(
      kept->replace(Bytes(kept->current()->der().begin(), kept->current()->der().end()), noon));
  EXPECT_EQ(code_of(kept->replace(authority.list({.number = 299}), noon)), "revocation_list_older");
  EXPECT_EQ(code_of(kept->replace(authority.list({.number = 44}), noon)), "revocation_list_older");
  EXPECT_EQ(code_of(kept->replace(authority.list({.number = -1}), noon)), "revocation_list_older");
  EXPECT_EQ(code_of(kept->replace(authority.list({.number = 300}), noon)), "revocation_list_older");
  EXPECT_EQ(code_of(kept->replace(namesake.list({.number = 301}), noon)), "revocation_list_forged");
  EXPECT_EQ(code_of(kept->replace(authority.list({.number = 301}), noon + days(3))),
            "revocation_list_expired");
  EXPECT_EQ(kept->current()->size(), 5u) << "what was refused changed nothing";
  EXPECT_TRUE(kept->replace(authority.list({.entries = 6, .number = 65536}), noon));
  EXPECT_EQ(open()->current()->size(), 6u);
}

TEST_F(Kept, ADamagedFileIsNoList) {
  std::ofstream(file) << "half a list";
  const auto kept = open();
  EXPECT_EQ(kept->current(), nullptr);
  EXPECT_TRUE(kept->replace(authority.list({}), noon));
  EXPECT_EQ(open()->current()->size(), 3u);
}

TEST_F(Kept, LookUpsGoOnWhileAListIsReplaced) {
  const auto kept = open();
  ASSERT_TRUE(kept->replace(authority.list({.entries = 100, .number = 1}), noon));
  std::atomic<bool> done = false;
  std::atomic<int> missed = 0;
  std::jthread reader([&] {
    while (!done)
      for (std::size_t i = 0; i < 100; ++i)
        if (!kept->current()->find(LargeAuthority::serial(i))) ++missed;
  });
  for (int number = 2; number < 20; ++number)
    ASSERT_TRUE(kept->replace(authority.list({.entries = 100, .number = number}), noon));
  done = true;
  reader.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace minben::trust
