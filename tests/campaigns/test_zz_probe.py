import asyncio, random, time
from datetime import timedelta
from collections import Counter
from campaigns.petitions.signing import *
from campaigns.petitions.confirming import *
from campaigns.petitions.limits import SigningLimits
from tests.factories.petitions import *
from tests.factories.rows import rows
import pytest
L=SigningLimits()
async def setup(n, ps=1):
    pets=[await open_petition(slug=f"p{i}") for i in range(ps)]
    emails=[f"person{i}@example.org" for i in range(n)]
    random.Random(1).shuffle(emails)
    ids={}
    for p in pets:
        order=random.Random(str(p.slug)).sample(emails,n)
        for i in range(0,n,200):
            part=order[i:i+200]
            for e,a in zip(part, await sign_all([submission(p,email=e) for e in part], limits=L)):
                ids[p.id,e]=a.signature_id
    return pets, emails, ids

async def test_sign_deadlock(database):
    (p,), emails, ids = await setup(1000)
    errs=Counter()
    ch=random.Random(3)
    async def one(k,r):
        part=ch.sample(emails,k)
        try: await sign_all([submission(p,email=e,name=f"n{r}",now=NOW+timedelta(hours=r)) for e in part], limits=L)
        except Exception as x: errs[type(x).__name__+str(x)[:60]]+=1
        else: errs["ok"]+=1
    t=time.time(); r=0
    while time.time()-t<15:
        r+=1
        await rows("update signature set mails=1")
        if r==3: await rows("analyze")
        await asyncio.gather(*(one(k,r) for k in (3,200,50,150,400,10,200,100)))
    print(r,errs)

async def test_sign_confirm_deadlock(database):
    (p,), emails, ids = await setup(1000)
    errs=Counter()
    ch=random.Random(3)
    async def one(k,r):
        part=ch.sample(emails,k)
        try: await sign_all([submission(p,email=e,name=f"n{r}",now=NOW+timedelta(hours=r)) for e in part], limits=L)
        except Exception as x: errs["s"+type(x).__name__+str(x)[:60]]+=1
        else: errs["sok"]+=1
    async def conf(k,r):
        part=ch.sample(emails,k)
        try: await confirm_all([Confirmation(ids[p.id,e],NOW) for e in part])
        except Exception as x: errs["c"+type(x).__name__+str(x)[:60]]+=1
        else: errs["cok"]+=1
    t=time.time(); r=0
    while time.time()-t<15:
        r+=1
        await rows("update signature set mails=1, state='pending', confirmed_at=null")
        await asyncio.gather(*(one(k,r) for k in (200,50,10)), *(conf(k,r) for k in (200,100,10)))
    print(r,errs)

async def test_confirm_deadlock(database):
    pets, emails, ids = await setup(400, 4)
    errs=Counter()
    ch=random.Random(3)
    async def conf(p,k,r):
        part=ch.sample(emails,k)
        try: await confirm_all([Confirmation(ids[p.id,e],NOW) for e in part])
        except Exception as x: errs["c"+type(x).__name__+str(x)[:60]]+=1
        else: errs["cok"]+=1
    t=time.time(); r=0
    while time.time()-t<15:
        r+=1
        await rows("update signature set mails=1, state='pending', confirmed_at=null")
        await asyncio.gather(*(conf(p,k,r) for p in pets for k in (200,100)))
    print(r,errs)
