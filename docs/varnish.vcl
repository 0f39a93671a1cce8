# Varnish in front of Newsroom, told of every change by tags. Set PURGE_URLS=http://127.0.0.1:6081/ (Varnish's own
# address) and TRUSTED_PROXIES=127.0.0.1; then pages are kept for minutes and end with the change that concerns them.
vcl 4.1;

import std;

backend default {
  .host = "127.0.0.1";
  .port = "8000";
}

acl newsroom {
  "127.0.0.1";
}

sub vcl_recv {
  if (req.method == "PURGE") {
    if (client.ip !~ newsroom) {
      return (synth(405));
    }
    if (!req.http.Cache-Tag) {
      return (synth(400));
    }
    if (req.http.Cache-Tag ~ "(^|,)all(,|$)") {
      ban("obj.status != 0");
    } else {
      # Tags are letters, digits, ":" and "-".
      ban("obj.http.Cache-Tag ~ (^|,)(" + regsuball(req.http.Cache-Tag, ",", "|") + ")(,|$)");
    }
    return (synth(200));
  }
  if (req.method != "GET" && req.method != "HEAD") {
    return (pass);
  }
  # Somebody with a session, and what differs from reader to reader.
  if (req.http.Cookie ~ "(^|;\s*)(__Host-)?session=" || req.http.Authorization
      || req.url ~ "^(/[a-z-]+)?/articles/[0-9]+/(rating/|read/|[^/]+/comments/)"
      || req.url ~ "^/(admin|accounts|preview|healthz|readyz)") {
    return (pass);
  }
  unset req.http.Cookie;
  if (req.http.Accept-Encoding ~ "\bbr\b") {
    set req.http.Accept-Encoding = "br";
  } elsif (req.http.Accept-Encoding ~ "\bgzip\b") {
    set req.http.Accept-Encoding = "gzip";
  } else {
    unset req.http.Accept-Encoding;
  }
  return (hash);
}

sub vcl_backend_response {
  # A page that has ended is shown to nobody: what has been withdrawn is gone.
  set beresp.grace = 0s;
  set beresp.do_gzip = false;
  # A page without tags could not be ended: a worker that has just begun hands out some.
  if (beresp.http.Set-Cookie || beresp.http.Cache-Control ~ "no-store|private|no-cache"
      || (!beresp.http.Cache-Tag && bereq.url !~ "^/(static|media)/")) {
    set beresp.uncacheable = true;
    set beresp.ttl = 1s;
  }
}
