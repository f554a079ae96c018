// Keys in PKCS #11 tokens, against SoftHSM; and against SoftHSM behind p11-kit's server, a process
// of its own that can go away and come back as a token on the network does.
#include <atomic>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <p11-kit/p11-kit.h>
#include <sys/stat.h>

#include "support/token.hpp"
#include "trust/key_place.hpp"
#include "trust/requests.hpp"

namespace minben::trust {
namespace {

namespace fs = std::filesystem;

constexpr const char* driver = test::soft_driver;

class TokenTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto* suite = testing::UnitTest::GetInstance()->current_test_suite();
    for (int i = 0; i < suite->total_test_count(); ++i)
      test::SoftToken(suite->GetTestInfo(i)->name());
  }
  [[nodiscard]] std::string uri(std::string_view object, const char* by = driver) const {
    return token_.uri(object, by);
  }
  [[nodiscard]] KeyPlace place(std::string_view object, const char* by = driver) const {
    return KeyPlace::parse(uri(object, by), "/").value();
  }
  test::SoftToken token_{testing::UnitTest::GetInstance()->current_test_info()->name()};
  const std::string& label_ = token_.label();
  const fs::path& pin_file_ = token_.pin_file();
};

const Bytes text{1, 2, 3};

TEST_F(TokenTest, MakesAKeyAndFindsItAgain) {
  EXPECT_EQ(place("seal").open().error().code, "token_key_missing");
  const auto made = place("seal").open_or_create(KeyType::p256);
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_TRUE(made->in_token());
  EXPECT_TRUE(made->check());
  const auto signature = made->try_sign(text);
  ASSERT_TRUE(signature) << describe(signature.error());
  const auto again = place("seal").open_or_create(KeyType::p256).value();
  EXPECT_EQ(again.verify_key(), made->verify_key());
  EXPECT_TRUE(again.verify_key().verify(text, *signature));
  EXPECT_FALSE(again.verify_key().verify(Bytes{1, 2}, *signature));
  EXPECT_FALSE(place("tls").open_or_create(KeyType::p256)->verify_key() == made->verify_key());
}

TEST_F(TokenTest, AsksForACertificate) {
  const auto key = place("tls").open_or_create(KeyType::p256).value();
  const auto request = make_signing_request(key, {.common_name = "hpa", .member = "hpa"});
  ASSERT_TRUE(request);
  EXPECT_EQ(read_signing_request(*request)->key, key.verify_key());
}

TEST_F(TokenTest, ServesLibssl) {
  const auto key = place("tls").open_or_create(KeyType::p256).value();
  const VirtualClock clock(parse_instant("2026-11-30T08:30:15Z").value());
  const auto root = Authority::create("root", 30, clock).value();
  const auto certificate = root.issue(key.verify_key(), {.common_name = "hpa"}, clock).value();
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  const std::uint8_t* at = certificate.der.data();
  X509* parsed = d2i_X509(nullptr, &at, static_cast<long>(certificate.der.size()));
  EXPECT_EQ(SSL_CTX_use_certificate(context, parsed), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key.handle().get()), 1);
  EXPECT_EQ(SSL_CTX_check_private_key(context), 1);
  const auto other = SigningKey::generate(KeyType::p256);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context, other.handle().get()), 0);
  X509_free(parsed);
  SSL_CTX_free(context);
}

TEST_F(TokenTest, TheKeyCannotBeReadOut) {
  const auto kept = place("seal").open_or_create(KeyType::p256);  // and so logged in
  ASSERT_TRUE(kept);
  CK_FUNCTION_LIST* functions = p11_kit_module_load(driver, P11_KIT_MODULE_UNMANAGED);
  ASSERT_NE(functions, nullptr);
  ASSERT_EQ(p11_kit_module_initialize(functions), CKR_CRYPTOKI_ALREADY_INITIALIZED);
  std::array<CK_SLOT_ID, 64> slots{};
  CK_ULONG count = slots.size();
  ASSERT_EQ(functions->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
  int keys = 0;
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO info{};
    CK_SESSION_HANDLE session = 0;
    if (functions->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
        !std::string_view(reinterpret_cast<char*>(info.label), 32).starts_with(label_ + " ") ||
        functions->C_OpenSession(slots[i], CKF_SERIAL_SESSION, nullptr, nullptr, &session) !=
            CKR_OK)
      continue;
    CK_OBJECT_CLASS type = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted{CKA_CLASS, &type, sizeof type};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG found = 0;
    ASSERT_EQ(functions->C_FindObjectsInit(session, &wanted, 1), CKR_OK);
    ASSERT_EQ(functions->C_FindObjects(session, &key, 1, &found), CKR_OK);
    functions->C_FindObjectsFinal(session);
    if (found == 1) {
      ++keys;
      std::array<std::uint8_t, 128> secret{};
      CK_ATTRIBUTE value{CKA_VALUE, secret.data(), secret.size()};
      EXPECT_EQ(functions->C_GetAttributeValue(session, key, &value, 1), CKR_ATTRIBUTE_SENSITIVE);
    }
    functions->C_CloseSession(session);
  }
  EXPECT_EQ(keys, 1);
}

TEST_F(TokenTest, SaysWhatIsWrong) {
  const auto code = [](const std::string& text_of) {
    const auto parsed = KeyPlace::parse(text_of, "/");
    return parsed ? parsed->open().error().code : parsed.error().code;
  };
  ASSERT_TRUE(place("seal").open_or_create(KeyType::p256));
  const std::string good = uri("seal");
  const auto with = [&](std::string_view part, std::string_view instead) {
    std::string other = good;
    const auto at = other.find(part);
    return at == other.npos ? std::string() : other.replace(at, part.size(), instead);
  };
  EXPECT_TRUE(KeyPlace::parse(good, "/")->open());
  EXPECT_EQ(code(with("token=" + label_, "token=nobody")), "token_missing");
  EXPECT_EQ(code(with(driver, "/usr/lib/nothing.so")), "token_module");
  EXPECT_EQ(code(with("pin-source=file:" + pin_file_.string(), "pin-source=file:/nowhere")),
            "cannot_read_file");
  EXPECT_EQ(code(with("pin-source=file:" + pin_file_.string(), "pin-value=48151623")),
            "bad_key_uri");
  EXPECT_EQ(code(with(";object=seal", "")), "bad_key_uri");
  EXPECT_EQ(code(with(driver, "libsofthsm2.so")), "bad_key_uri");
  EXPECT_EQ(code("pkcs11:%zz"), "bad_key_uri");
  EXPECT_EQ(place("other").open_or_create(KeyType::ed25519).error().code, "wrong_key_type");
  ::chmod(pin_file_.c_str(), 0644);
  EXPECT_EQ(code(good), "file_too_open");
}

TEST_F(TokenTest, AWrongPinIsSaidAndARightOneHelps) {
  ASSERT_TRUE(write_secret_file(pin_file_, "00000000"));
  // The other tests' sessions are of other tokens: nobody is logged in at this one.
  EXPECT_EQ(place("seal").open_or_create(KeyType::p256).error().code, "pin_incorrect");
  ASSERT_TRUE(write_secret_file(pin_file_, test::token_pin));
  EXPECT_TRUE(place("seal").open_or_create(KeyType::p256));
}

TEST_F(TokenTest, ManyThreadsSignAtOnce) {
  const auto key = place("seal").open_or_create(KeyType::p256).value();
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 24; ++t)  // more than there are sessions
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const Bytes message{static_cast<std::uint8_t>(t), static_cast<std::uint8_t>(i)};
          const auto signature = key.try_sign(message);
          good += signature && key.verify_key().verify(message, *signature) ? 1 : 0;
        }
      });
  }
  EXPECT_EQ(good, 24 * 20);
}

TEST_F(TokenTest, GoesAwayAndComesBack) {
  test::TokenServer server(token_);
  const auto key = place("seal", test::remote_driver).open_or_create(KeyType::p256);
  ASSERT_TRUE(key) << describe(key.error());
  ASSERT_TRUE(key->try_sign(text));
  server.stop();
  const auto failed = key->try_sign(text);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Kind::unavailable);
  EXPECT_THAT(failed.error().code, testing::AnyOf("token_failed", "token_missing"));
  std::this_thread::sleep_for(milliseconds(250));  // what was seen before counts no more
  EXPECT_EQ(key->check().error().kind, Kind::unavailable);
  server.start();
  Result<Bytes> signature = key->try_sign(text);
  for (int i = 0; i < 30 && !signature; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    signature = key->try_sign(text);
  }
  ASSERT_TRUE(signature) << describe(signature.error());
  EXPECT_TRUE(key->verify_key().verify(text, *signature));
  EXPECT_TRUE(key->check());
}

}  // namespace
}  // namespace minben::trust
