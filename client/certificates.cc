#include "client/certificates.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace ff::client {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_free_all>>;

absl::Status Failed(const std::string& doing) {
  char text[256] = "unknown reason";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof(text));
  }
  return absl::InternalError(absl::StrCat(doing, " failed: ", text));
}

template <typename Write>
std::string Pem(Write write) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (write(memory.get()) != 1) return "";
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

KeyPair PemOf(X509* certificate, EVP_PKEY* key) {
  return {Pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); }), Pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

bool AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// A fresh certificate with everything but issuer, extensions and signature.
Certificate Begin(EVP_PKEY* key, const std::string& name, absl::Time now, absl::Duration lifetime) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);  // "v3"
  const std::unique_ptr<BIGNUM, Freer<BN_free>> serial(BN_new());
  BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get()));
  // Clocks of other hosts may be a little behind.
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(now - absl::Minutes(5)));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(now + lifetime));
  X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                             MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

bool IsAddress(const std::string& name) {
  in6_addr buffer;
  return inet_pton(AF_INET, name.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, name.c_str(), &buffer) == 1;
}

std::string AlternativeNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    absl::StrAppend(&text, text.empty() ? "" : ",", IsAddress(name) ? "IP:" : "DNS:", name);
  }
  return text;
}

template <typename Thing, typename Read>
Thing FromPem(const std::string& pem, Read read) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Thing(read(memory.get(), nullptr, nullptr, nullptr));
}

}  // namespace

absl::StatusOr<KeyPair> MakeAuthority(const std::string& name, absl::Time now,
                                      absl::Duration lifetime) {
  ERR_clear_error();
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed("making a key");
  const Certificate certificate = Begin(key.get(), name, now, lifetime);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  X509* const it = certificate.get();
  const bool made = AddExtension(it, it, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    AddExtension(it, it, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    AddExtension(it, it, NID_subject_key_identifier, "hash") &&
                    X509_sign(it, key.get(), EVP_sha256()) > 0;
  if (!made) return Failed("making the authority's certificate");
  return PemOf(it, key.get());
}

absl::StatusOr<KeyPair> IssueCertificate(const KeyPair& authority, CertificateUse use,
                                         const std::vector<std::string>& names, absl::Time now,
                                         absl::Duration lifetime) {
  if (names.empty()) return absl::InvalidArgumentError("a certificate needs a name");
  ERR_clear_error();
  const auto issuer = FromPem<Certificate>(authority.certificate, PEM_read_bio_X509);
  const auto issuer_key = FromPem<Key>(authority.key, PEM_read_bio_PrivateKey);
  if (issuer == nullptr || issuer_key == nullptr ||
      X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    return absl::InvalidArgumentError(
        "the authority's certificate and key can't be read, or do not belong together");
  }
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return Failed("making a key");
  const Certificate certificate = Begin(key.get(), names[0], now, lifetime);
  X509* const it = certificate.get();
  X509_set_issuer_name(it, X509_get_subject_name(issuer.get()));
  const bool server = use == CertificateUse::kServer;
  const bool made =
      AddExtension(it, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      AddExtension(it, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
      AddExtension(it, issuer.get(), NID_ext_key_usage, server ? "serverAuth" : "clientAuth") &&
      AddExtension(it, issuer.get(), NID_subject_key_identifier, "hash") &&
      AddExtension(it, issuer.get(), NID_authority_key_identifier, "keyid") &&
      AddExtension(it, issuer.get(), NID_subject_alt_name,
                   server ? AlternativeNames(names) : "DNS:" + names[0]) &&
      X509_sign(it, issuer_key.get(), EVP_sha256()) > 0;
  if (!made) return Failed("making the certificate");
  return PemOf(it, key.get());
}

}  // namespace ff::client
