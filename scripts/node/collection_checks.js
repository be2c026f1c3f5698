// What both collections assert after each request. `call` is how Postman and Bruno are asked alike: name, url, status, type
// (Content-Type), text (the body), sent (the body of the request), schemas by operation, get and set of variables.
// Values that a JSON reader rounds, such as ids above 2^53, are taken from the text.
function check(call, test, expect) {
  const OPERATIONS = [
    ['/v2/coupon/issue/multiple', 'issue'],
    ['/v2/coupon/revoke', 'revoke'],
    ['/v2/customers/coupons', 'list'],
    ['/v2/coupon', 'find'],
    ['/v3/oauth/token/generate', 'token'],
  ];
  const path = call.url.replace(/^[a-z]+:\/\/[^/]+/i, '').split(/[?#]/)[0].replace(/\/+$/, '');
  const operation = (OPERATIONS.find(([end]) => path.endsWith(end)) || [])[1];
  let body;
  try {
    body = JSON.parse(call.text);
  } catch (error) {
    body = undefined;
  }
  let sent = {};
  try {
    sent = JSON.parse(call.sent);
  } catch (error) {
    sent = {};
  }
  const issued = body && Array.isArray(body.coupons) ? body.coupons : [];
  const written = (key) => [...call.text.matchAll(new RegExp(`"${key}"\\s*:\\s*([^,}\\]\\s]+)`, 'g'))].map((found) => found[1]);

  if (call.name.startsWith('401:')) {
    test('wrong credentials are answered with 401', () => expect(call.status).to.equal(401));
    test('no coupon is named', () => expect(/"coupon/i.test(call.text)).to.equal(false));
    return;
  }
  test('the status is 200', () => expect(call.status).to.equal(200));
  test('the response is one JSON object, declared as application/json', () => {
    expect(call.type).to.match(/^application\/json *(;|$)/i);
    expect(body).to.be.an('object');
  });
  if (!operation) return;
  test('the response fits its schema', () => expect(body).to.have.jsonSchema(call.schemas[operation]));
  if (call.name.startsWith('Refused:')) {
    const code = Number(/\b\d+$/.exec(call.name)[0]);
    test(`the request is refused with ${code} alone`, () => expect(body.errors.map((error) => error.code)).to.eql([code]));
    test('no coupon is named', () => expect('coupons' in body || body.successCount > 0).to.equal(false));
    return;
  }
  if (operation === 'issue') checkIssued();
  if (operation === 'find') {
    test('the coupon just issued is read back, once', () => {
      const rows = body.data.filter((row) => row.code === call.get('couponCode'));
      expect(rows.map((row) => String(row.seriesId))).to.eql([call.get('couponSeriesId')]);
    });
  }
  if (operation === 'list') {
    test('the coupon just issued is among those of its customer', () => {
      expect(written('id')).to.include(call.get('couponId'));
      const listed = body.entity.customers.flatMap((customer) => customer.coupons);
      expect(listed.map((coupon) => coupon.code)).to.include(call.get('couponCode'));
    });
  }
  if (operation === 'revoke') {
    test('the coupon just issued is revoked, and no other', () => {
      expect(body.entity.revokedCoupons.map((coupon) => coupon.couponCode)).to.eql([call.get('couponCode')]);
      expect(body.entity.failedToRevoke || []).to.eql([]);
    });
  }
  if (operation === 'token') {
    test('the token is kept for other requests', () => {
      expect(body.data.ttlSeconds).to.be.above(0);
      call.set('accessToken', body.data.accessToken);
    });
  }

  function checkIssued() {
    const asked = sent.count === undefined ? 1 : sent.count;
    const coupons = issued.filter((coupon) => coupon && typeof coupon === 'object');
    test('coupons were issued, as many as asked for, or fewer with a reason', () => {
      expect(issued.length).to.be.within(1, asked);
      const reasons = [...(body.errors || []), ...(body.warnings || [])];
      expect(reasons.length > 0).to.equal(issued.length < asked);
    });
    test('the counts are those of the coupons', () => {
      const counts = [body.totalCount, body.successCount, body.failureCount];
      expect(counts).to.eql([asked, issued.length, asked - issued.length]);
    });
    test('no code and no id is given twice', () => {
      const ids = written('couponId').filter((id) => id !== '0');
      expect(new Set(coupons.map((coupon) => coupon.code)).size).to.equal(issued.length);
      expect(new Set(ids).size).to.equal(ids.length);
    });
    test('ids are written in plain digits', () => {
      const ids = written('couponId');
      expect(ids.filter((id) => !/^\d+$/.test(id))).to.eql([]);
      expect(ids.length).to.equal(issued.length);
    });
    test('the coupons are for the customer of the request', () => {
      const bare = (value) => String(value).toLowerCase().replace(/^0+(?=.)/, '');
      const all = body.customer.profiles.flatMap((profile) => [...profile.identifiers, ...(profile.identifiersAll || [])]);
      const known = all.map((identifier) => `${identifier.type} ${bare(identifier.value)}`);
      const wanted = Object.entries(sent.customer).map(([type, value]) => `${type} ${bare(value)}`);
      expect(known).to.include.members(wanted);
    });
    if (!coupons.length) return;
    call.set('couponCode', String(coupons[0].code)); // for the requests that read back and revoke
    call.set('couponId', written('couponId')[0]);
    call.set('couponSeriesId', String(sent.seriesId));
    const customer = /"customer"\s*:\s*\{[^{}[\]]*?"id"\s*:\s*(\d+)/.exec(call.text);
    call.set('customerId', customer ? customer[1] : String((body.customer || {}).id));
  }
}
