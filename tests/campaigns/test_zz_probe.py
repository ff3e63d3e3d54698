import asyncio
from campaigns.database.group_commit import GroupCommit
async def test_seq():
    async def write(items):
        await asyncio.sleep(0)
        return list(items)
    g = GroupCommit(write)
    async def go():
        for i in range(5):
            await g.submit(i)
    await asyncio.wait_for(go(), 1)

async def test_coll(database):
    print(await database.execute_query_dict("select datcollate, datlocprovider, datctype from pg_database where datname=current_database()"))
    print([r["collname"] for r in await database.execute_query_dict("select collname from pg_collation")])
    try:
        print(await database.execute_query_dict("""select 'abc:FR' < 'abc;' collate "en_US.utf8" as x"""))
    except Exception as e: print(e)
